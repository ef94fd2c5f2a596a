#include "actors/delivery/topology.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace millrace;
using namespace millrace::actors;

namespace {

/// The bindings of the task exchange as "QUEUE KEY".
std::set<std::string> bindings_of(const config::settings& s) {
  std::set<std::string> found;
  for (const auto& b : make_topology(s).bindings)
    if (b.exchange == task_exchange) found.insert(b.queue + " " + b.routing_key);
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(topology)

BOOST_AUTO_TEST_CASE(default_bindings_route_the_built_in_task_types) {
  const std::set<std::string> expected{"email notification.email", "webhook notification.webhook",
                                       "data-processing report.#", "priority transaction.#", "priority ledger.#"};
  BOOST_TEST(bindings_of({}) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(configured_bindings_route_further_task_types) {
  config::settings s;
  s.queues.data_processing.name = "reports";
  s.queues.data_processing.bindings = {"report.#", "billing.#"};
  s.queues.email.bindings.clear();
  const std::set<std::string> expected{"webhook notification.webhook", "reports report.#", "reports billing.#",
                                       "priority transaction.#", "priority ledger.#"};
  BOOST_TEST(bindings_of(s) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_pattern_matches_whole_words) {
  BOOST_TEST(takes("notification.email", "notification.email"));
  BOOST_TEST(!takes("notification.email", "notification.emails"));
  BOOST_TEST(!takes("notification.email", "notification.email.bulk"));
  for (const auto* key : {"ledger", "ledger.open_account", "ledger.a.b"}) BOOST_TEST(takes("ledger.#", key), key);
  for (const auto* key : {"ledgers", "ledgers.a", "a.ledger"}) BOOST_TEST(!takes("ledger.#", key), key);
  BOOST_TEST(takes("#", "any.task.type"));
  BOOST_TEST(takes("*.email", "notification.email"));
  BOOST_TEST(!takes("*.email", "email"));
  BOOST_TEST(!takes("*.email", "a.notification.email"));
  BOOST_TEST(takes("#.email.#", "email"));
  BOOST_TEST(takes("a.#.c.*", "a.b.c.c.d"));
  BOOST_TEST(!takes("a.#.c.*", "a.b.c"));
}

BOOST_AUTO_TEST_SUITE_END()
