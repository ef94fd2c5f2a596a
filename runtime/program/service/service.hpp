#pragma once

#include "actors/node/node_context.hpp"
#include "monitoring/endpoint/metrics_endpoint.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace millrace {

/// A node of Millrace from start to end: everything that `millrace serve` runs, and nothing of its command line.
class service {
 public:
  /// Prepares the node and opens its listeners, so that its state can be seen while it waits for its servers.
  /// Throws std::invalid_argument for settings that cannot work, std::runtime_error if the listener's address is taken.
  explicit service(config::settings s);
  /// The same for a process that executes quarantine: without consumers, relay, scheduler and listener. What it has to tell
  /// its node goes to `answer`, which is called on any thread.
  service(config::settings s, std::function<void(std::string_view)> answer);
  /// Ends everything; without `drain` before, what is under way goes back to the broker.
  ~service();

  /// Shows the node to the others (see postgres::presence); to be called until true, before `start`. False if the database
  /// did not answer within `patience`; it is tried on and on.
  bool join(std::chrono::milliseconds patience);
  /// Starts the supervision tree. `ended` is called, on any thread, if the root supervisor gives up.
  void start(std::function<void()> ended);
  /// Takes nothing new and waits until all that is under way is committed and acknowledged; false if `grace` was too short.
  bool drain(std::chrono::milliseconds grace);

  node_context& shared() noexcept;
  std::uint16_t monitoring_port() const noexcept;
  std::uint16_t api_port() const noexcept;  ///< 0: there is no API

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace millrace
