#include "actors/pipeline/series.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <sstream>

using namespace millrace;
using namespace millrace::actors;

namespace {

constexpr std::string_view types[] = {"notification.email", "ledger.transfer", "ledger", "ledgers.open", "x.own"};

template <int Number>
struct numbered : transactional_handler {
  static constexpr auto type = types[Number];
  std::vector<outcome> execute(unit_of_work&, std::span<const task>) override { return {}; }
};

/// The labels of the queue's task series before its first delivery.
std::set<std::string> series_of(const config::queue_settings& queue, bool dead_letters = false) {
  node_context shared;
  auto& all = *shared.handlers;
  all.add<numbered<0>>({}), all.add<numbered<1>>({}), all.add<numbered<2>>({}), all.add<numbered<3>>({});
  all.add<numbered<4>>({});
  begin_series(shared, {queue, dead_letters});
  std::set<std::string> found;
  std::istringstream text{shared.metrics.expose()};
  for (std::string line; std::getline(text, line);)
    if (line.starts_with("millrace_tasks_total{")) found.insert(line.substr(20));
  return found;
}

std::set<std::string> of(const std::string& queue, const std::string& type, std::initializer_list<std::string> outcomes) {
  std::set<std::string> all{"{outcome=\"dead\",queue=\"" + queue + "\",type=\"unknown\"} 0"};
  for (auto& outcome : outcomes) all.insert("{outcome=\"" + outcome + "\",queue=\"" + queue + "\",type=\"" + type + "\"} 0");
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(series)

BOOST_AUTO_TEST_CASE(a_queue_begins_the_series_of_the_types_bound_to_it) {
  const config::queues_settings queues;
  BOOST_TEST(series_of(queues.email) == of("email", "notification.email", {"succeeded", "retry", "dead"}),
             boost::test_tools::per_element());
  auto ledger = of("priority.ledger", "ledger.transfer", {"succeeded", "retry", "dead"});
  ledger.merge(of("priority.ledger", "ledger", {"succeeded", "retry", "dead"}));
  BOOST_TEST(series_of(queues.priority_ledger) == ledger, boost::test_tools::per_element());
  BOOST_TEST(series_of(queues.webhook) == of("webhook", "", {}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_dead_letter_queue_begins_series_of_dead_tasks_only) {
  std::set<std::string> all;
  for (auto& type : types) all.merge(of("dead-letter", std::string{type}, {"dead"}));
  BOOST_TEST(series_of(config::queues_settings{}.dead_letter, true) == all, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_queue_of_another_name_has_its_types_too) {
  node_context shared;
  shared.settings.queues.email.name = "mail";
  shared.handlers->add<numbered<0>>({});
  const queue_config config{shared.settings.queues.email};
  begin_series(shared, config);
  begin_series(shared, config);  // as after a restart
  auto text = shared.metrics.expose();
  BOOST_TEST(text.find("{outcome=\"retry\",queue=\"mail\",type=\"notification.email\"} 0\n") != std::string::npos, text);
}

BOOST_AUTO_TEST_SUITE_END()
