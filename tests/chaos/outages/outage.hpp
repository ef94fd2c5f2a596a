#pragma once

#include "tests/chaos/outages/own_servers.hpp"
#include "tests/chaos/proxy/fault_proxy.hpp"
#include "tests/integration/end_to_end/promise.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <string>

namespace millrace::test {

/// The story of one outage: a scene whose program reaches broker and database through fault proxies, load that keeps
/// flowing, a fault in the midst of it, and the promise that it cost nothing but time.
///
/// A test calls `begin`, does harm, waits for what shows that the program met it, ends the harm, and calls `recover`.
class outage {
 public:
  /// Starts the servers of this program if need be.
  outage();
  /// Whatever was done to the servers is undone.
  ~outage();

  /// Starts the program and the load, and waits until tasks are being done.
  void begin(int tasks = 1'500);
  /// Waits for the end of the load and of every task, and checks the promise: everything confirmed has ended once, no
  /// attempt was used up, nothing was dead-lettered.
  void recover(promise_options options = {.effects_exactly_once = true});
  /// The same without the promise's check of everything.
  void check_nothing_was_burned();

  bool ready() { return http_get(s.monitoring("/readyz")).first == 200; }
  /// Waits until the program says that it is not ready, which is how it shows that it met the fault.
  bool noticed();
  /// Waits until so many more tasks were confirmed, or until all were: load went on during the fault.
  bool load_went_on(std::size_t more);
  bool load_ended() { return !producer || !producer->running(); }
  /// The sum of a metric's values over all label sets that contain `label`, e.g. `outcome="retry"`.
  double metric(const std::string& family, const std::string& label = {});
  /// One value from the database, past the proxy.
  std::string query(const std::string& sql);

  own_servers& servers = own_servers::get();
  fault_proxy amqp{servers.amqp_port(), fault_proxy::protocol::amqp};
  fault_proxy database{servers.database_port(), fault_proxy::protocol::postgres};
  scene s;
  std::unique_ptr<child_process> producer;

 private:
  /// Whether every confirmed task has ended and nothing is on its way.
  bool all_ended();
};

/// Whether the long mode was asked for, by MILLRACE_CHAOS=long. A case that needs it is declared with
/// `*boost::unit_test::precondition(in_long_mode)`.
boost::test_tools::assertion_result in_long_mode(boost::unit_test::test_unit_id);

}  // namespace millrace::test
