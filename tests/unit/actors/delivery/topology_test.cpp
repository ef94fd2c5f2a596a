#include "actors/delivery/topology.hpp"

#include <boost/test/unit_test.hpp>

#include <regex>
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
                                       "data-processing report.#", "priority.ledger transaction.#",
                                       "priority.ledger ledger.#"};
  BOOST_TEST(bindings_of({}) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(configured_bindings_route_further_task_types) {
  config::settings s;
  s.queues.data_processing.name = "reports";
  s.queues.data_processing.bindings = {"report.#", "billing.#"};
  s.queues.email.bindings.clear();
  const std::set<std::string> expected{"webhook notification.webhook", "reports report.#", "reports billing.#",
                                       "priority.ledger transaction.#", "priority.ledger ledger.#"};
  BOOST_TEST(bindings_of(s) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_queue_is_replicated_with_a_delivery_limit_that_is_never_reached) {
  for (const auto& q : make_topology({}).queues) {
    const auto arguments = amqp::to_json(q.arguments);
    BOOST_TEST(arguments.find(R"("x-queue-type":"quorum")") != std::string::npos, q.name);
    BOOST_TEST(arguments.find(R"("x-delivery-limit":1000000)") != std::string::npos, q.name);
    const bool ordered = arguments.find(R"("x-single-active-consumer":true)") != std::string::npos;
    BOOST_TEST(ordered == (q.name == "priority.ledger"), q.name);
  }
}

BOOST_AUTO_TEST_CASE(urgent_tasks_of_queue_priority_have_a_lane_of_their_own) {
  config::settings s;
  s.queues.priority.bindings = {"billing.#"};
  BOOST_TEST(bindings_of(s).contains("priority.high urgent.billing.#"));
  const auto lane = [&](route r, std::optional<std::uint8_t> priority) {
    const auto in = in_lane(s.queues, std::move(r), priority);
    return in.exchange + ":" + in.routing_key;
  };
  BOOST_TEST(lane({"millrace", "billing.run"}, 5) == "millrace:urgent.billing.run");
  BOOST_TEST(lane({"millrace", "billing.run"}, 4) == "millrace:billing.run");
  BOOST_TEST(lane({"millrace", "billing.run"}, {}) == "millrace:billing.run");
  BOOST_TEST(lane({"", "priority"}, 9) == ":priority.high");
  BOOST_TEST(lane({"", "billing.run"}, 9) == ":billing.run");
  for (const auto* other : {"ledger.open_account", "notification.email"})
    BOOST_TEST(lane({"millrace", other}, 9) == "millrace:" + std::string{other});
}

BOOST_AUTO_TEST_CASE(routes_to_an_ordered_queue_are_regular_expressions) {
  config::queues_settings q;
  q.priority_ledger.name = "a.b+";
  q.priority_ledger.bindings = {"a.#", "*.b", "#.c", "a.#.d", "#.#.e"};
  std::vector<std::string> keys;
  for (const auto& r : ordered_routes(q)) {
    BOOST_TEST(r.exchange == (keys.empty() ? "" : "millrace"));
    keys.push_back(r.routing_key);
    if (r.exchange.empty()) continue;
    const std::regex expression{r.routing_key, std::regex::extended};
    for (const auto* key : {"a", "a.b", "b", "c", "x.c", "x.y.c", "ac", "a.d", "a.x.d", "a.xd", "d", "e", "x.e", "x.y.e"})
      BOOST_TEST(std::regex_match(key, expression) == takes(q.priority_ledger.bindings[keys.size() - 2], key),
                 r.routing_key << " and " << key);
  }
  BOOST_TEST(keys.size() == 6U);
  BOOST_TEST(keys[0] == R"(^a\.b\+$)");
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
