#pragma once

#include "connectors/http/client.hpp"
#include "runtime/supervision/event_loop.hpp"
#include "tests/integration/connectors/http/scripted_server.hpp"

#include <future>
#include <memory>
#include <utility>

namespace millrace::test {

/// A real client with its own event loop, and functions that wait for its responses.
class http_fixture {
 public:
  using result = tl::expected<http::response, http::failure>;

  explicit http_fixture(http::client_options options = local()) {
    loop_.run_and_wait([&] {
      client_ = http::make_client(
          loop_.uv(), [this](auto job) { loop_.post(std::move(job)); }, std::move(options));
    });
  }
  ~http_fixture() { stop(); }

  /// Options that permit connections to servers on this machine.
  static http::client_options local() {
    http::client_options o;
    o.allow_private_addresses = true;
    o.allow_http = true;
    return o;
  }

  http::client& client() { return *client_; }
  std::future<result> send(http::request r) {
    auto promise = std::make_shared<std::promise<result>>();
    client_->send(std::move(r), [promise](result answer) { promise->set_value(std::move(answer)); });
    return promise->get_future();
  }
  result get(http::request r) { return send(std::move(r)).get(); }
  void stop() {
    loop_.run_and_wait([this] { client_.reset(); });
  }

 private:
  supervision::event_loop loop_;
  std::unique_ptr<http::client> client_;
};

inline http::request request_to(const scripted_server& server, const char* scheme = "http") {
  http::request r;
  r.url = std::string{scheme} + "://" + server.address() + "/hook";
  r.body = R"({"a":1})";
  return r;
}

}  // namespace millrace::test
