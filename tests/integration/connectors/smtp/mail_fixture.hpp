#pragma once

#include "connectors/smtp/client.hpp"
#include "tests/integration/connectors/smtp/mail_server.hpp"

#include <future>
#include <memory>
#include <utility>

namespace millrace::test {

/// A real mail client connected to a mail_server, and functions that wait for its results.
class mail_fixture {
 public:
  using result = tl::expected<smtp::receipt, smtp::failure>;

  explicit mail_fixture(smtp::client_options options) : client_(smtp::make_client(std::move(options))) {}

  static smtp::client_options options_for(const mail_server& server) {
    smtp::client_options o;
    o.url = server.url();
    o.from = "Millrace <no-reply@example.org>";
    o.starttls = false;
    o.connections = 1;
    return o;
  }
  static smtp::message message() {
    smtp::message m;
    m.to = {"a@example.org"};
    m.subject = "Hi";
    m.text = "Hello";
    m.message_id = "4711";
    return m;
  }

  smtp::client& client() { return *client_; }
  std::future<result> send(smtp::message m) {
    auto promise = std::make_shared<std::promise<result>>();
    client_->send(std::move(m), [promise](result answer) { promise->set_value(std::move(answer)); });
    return promise->get_future();
  }
  result get(smtp::message m) { return send(std::move(m)).get(); }
  void stop() { client_.reset(); }

 private:
  std::unique_ptr<smtp::client> client_;
};

}  // namespace millrace::test
