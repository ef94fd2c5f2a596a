#pragma once

#include "tests/chaos/outages/own_servers.hpp"
#include "tests/chaos/proxy/fault_proxy.hpp"
#include "tests/integration/end_to_end/promise.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <string>

namespace millrace::test {

/// One outage: a scene whose program reaches broker and database through fault proxies, continuous load, a fault during
/// the load, and a check that the fault caused nothing but delay.
///
/// A test calls `begin`, injects a fault, waits until the program has noticed it, removes the fault, and calls `recover`.
class outage {
 public:
  /// Starts the servers of this test program if necessary.
  outage();
  /// Restores the servers.
  ~outage();

  /// Starts the program and the load, and waits until tasks are being executed.
  void begin(int tasks = 1'500);
  /// Waits for the end of the load and of every task. Checks that every confirmed task has ended once, that no attempt
  /// was used up, and that there are no dead letters.
  void recover(promise_options options = {.effects_exactly_once = true});
  /// As `recover`, without these checks.
  void check_no_attempts_used();

  bool ready() { return http_get(s.monitoring("/readyz")).first == 200; }
  /// Waits until the program reports that it is not ready, which shows that it has noticed the fault.
  bool noticed();
  /// Waits until that many more tasks are confirmed, or all of them, so that there is load during the fault.
  bool load_went_on(std::size_t more);
  bool load_ended() { return !producer || !producer->running(); }
  /// The sum of a metric's values over all label sets that contain `label`, e.g. `outcome="retry"`.
  double metric(const std::string& family, const std::string& label = {});
  /// Reads one value from the database, bypassing the proxy.
  std::string query(const std::string& sql);

  own_servers& servers = own_servers::get();
  fault_proxy amqp{servers.amqp_port(), fault_proxy::protocol::amqp};
  fault_proxy database{servers.database_port(), fault_proxy::protocol::postgres};
  scene s;
  std::unique_ptr<child_process> producer;

 private:
  /// Whether every confirmed task has ended and none is in flight.
  bool all_ended();
};

/// Whether MILLRACE_CHAOS=long requests the long mode. A case that needs it is declared with
/// `*boost::unit_test::precondition(in_long_mode)`.
boost::test_tools::assertion_result in_long_mode(boost::unit_test::test_unit_id);

}  // namespace millrace::test
