#pragma once

#include "actors/node/node_context.hpp"
#include "monitoring/endpoint/metrics_endpoint.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace millrace::service {

/// A Millrace node from start to stop: everything that `millrace serve` runs except its command line.
class service {
 public:
  /// Creates the node and opens its listeners, so that its health can be queried while it waits for broker and database.
  /// Throws std::invalid_argument for invalid settings, std::runtime_error if a listener's address is in use.
  explicit service(config::settings s);
  /// Creates an isolated executor of quarantined tasks: no consumers, outbox relay, scheduler or listeners. Calls `answer`,
  /// on any thread, with each message for its node.
  service(config::settings s, std::function<void(std::string_view)> answer);
  /// Stops the node. Without a prior `drain`, the broker redelivers unfinished deliveries.
  ~service();

  /// Registers the node with the other nodes (see postgres::presence). Call it until it returns true, before `start`. False
  /// if the database did not answer within `timeout`; attempts continue in the background.
  bool join(std::chrono::milliseconds timeout);
  /// Starts the supervision tree. Calls `ended`, on any thread, if the root supervisor gives up.
  void start(std::function<void()> ended);
  /// Stops consuming and waits until all work in flight is committed and acknowledged. False if that took longer than
  /// `grace`.
  bool drain(std::chrono::milliseconds grace);

  actors::node_context& shared() noexcept;
  std::uint16_t monitoring_port() const noexcept;
  std::uint16_t api_port() const noexcept;  ///< 0: no API

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace millrace::service
