#include "monitoring/metrics/metrics.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>

using namespace millrace::monitoring;

namespace {

boost::test_tools::assertion_result promtool_is_installed(boost::unit_test::test_unit_id) {
  return std::system("command -v promtool >/dev/null 2>&1") == 0;
}

}  // namespace

/// Prometheus's own tool checks names, types and help texts.
BOOST_AUTO_TEST_CASE(promtool_accepts_the_metrics, *boost::unit_test::precondition(promtool_is_installed)) {
  metrics m;
  m.task_finished("email", "notification.email", "succeeded");
  m.queue_wait("email", "notification.email", seconds(0.2));
  m.execution("email", "notification.email", seconds(0.2));
  m.end_to_end("email", "notification.email", seconds(0.2));
  m.dead_lettered("email", "malformed");
  m.redelivery_deduplicated("email", 1);
  m.in_flight("email", 7);
  m.batch_committed("priority", 150, seconds(0.004));
  m.pool_size("tasks", 4);
  m.pool_in_use("tasks", 2);
  m.pool_waiting("tasks", 1);
  m.database_failure("tasks", "retry");
  m.connection_up("amqp_consume", true);
  m.actor_restarted("consumer");
  m.outbox_publish_failed("unroutable", 1);
  m.dead_lettered("email", "quote \" backslash \\ ");
  FILE* tool = popen("promtool check metrics 2>&1", "w");
  BOOST_REQUIRE(tool != nullptr);
  const std::string text = m.expose();
  BOOST_TEST(std::fwrite(text.data(), 1, text.size(), tool) == text.size());
  BOOST_TEST(pclose(tool) == 0);  // 3: linter finding, 1: unreadable text
}
