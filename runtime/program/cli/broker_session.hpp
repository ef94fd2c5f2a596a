#pragma once

#include "connectors/amqp/client.hpp"
#include "runtime/supervision/event_loop.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace millrace::cli {

/// A short stay at the broker, for commands: connects, does one thing, leaves.
class broker_session {
 public:
  /// Connects and declares `declare`, within `patience`. `error()` tells why it did not work.
  broker_session(amqp::client_options options, amqp::topology declare, std::chrono::milliseconds patience);
  ~broker_session();

  const std::optional<std::string>& error() const noexcept { return error_; }
  /// Messages ready in each declared queue, as of the visit's begin.
  std::map<std::string, std::uint32_t> depths();
  /// Publishes one message and waits for its confirm; the text says why it was not accepted.
  std::optional<std::string> publish(const amqp::outgoing& message, std::chrono::milliseconds patience);

 private:
  event_loop loop_;
  std::unique_ptr<amqp::client> client_;
  std::shared_ptr<std::map<std::string, std::uint32_t>> depths_;  ///< the loop's until `up`
  std::optional<std::string> error_;
};

}  // namespace millrace::cli
