#pragma once

#include "connectors/amqp/client.hpp"
#include "runtime/supervision/event_loop.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace::cli {

/// A short-lived broker connection for a command. Blocks the calling thread; runs its own event loop.
class broker_session {
 public:
  /// Connects within `timeout` and declares `declare`. If it cannot connect, `error()` holds the reason.
  broker_session(amqp::client_options options, amqp::topology declare, std::chrono::milliseconds timeout);
  ~broker_session();

  const std::optional<std::string>& error() const noexcept { return error_; }
  /// Exchanges and queues that could not be declared; the connection is usable all the same.
  std::vector<amqp::declaration_result> problems();
  /// Messages ready in each declared queue when the connection was opened.
  std::map<std::string, std::uint32_t> depths();
  /// Publishes one message and waits up to `timeout` for its confirm. Returns an error message if it was not accepted.
  std::optional<std::string> publish(const amqp::outgoing& message, std::chrono::milliseconds timeout);

 private:
  supervision::event_loop loop_;
  std::unique_ptr<amqp::client> client_;
  std::shared_ptr<std::map<std::string, std::uint32_t>> depths_;             ///< written on the loop's thread
  std::shared_ptr<std::map<std::string, amqp::declaration_result>> failed_;  ///< likewise, by kind and name
  std::optional<std::string> error_;
};

}  // namespace millrace::cli
