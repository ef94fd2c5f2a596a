#include "runtime/program/top/top_sample.hpp"

#include "monitoring/metrics/family.hpp"
#include "monitoring/metrics/metrics.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace millrace;
using namespace millrace::top;
using namespace std::chrono_literals;

namespace {

const std::string is_node = "millrace_build_info{version=\"1\"} 1\n";
const std::chrono::steady_clock::time_point start{1h};

std::string ended(const std::string& type, const std::string& outcome, int n) {
  return "millrace_tasks_total{queue=\"email\",type=\"" + type + "\",outcome=\"" + outcome + "\"} " + std::to_string(n) +
         "\n";
}

top_snapshot snapshot(std::vector<node_scrape> nodes) {
  top_snapshot s;
  s.queues = {{.name = "email"}};
  s.nodes = std::move(nodes);
  return s;
}

node_scrape node(const std::string& url, std::chrono::milliseconds at, const std::string& text) {
  return read_scrape(url, start + at, is_node + text);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(top_samples)

BOOST_AUTO_TEST_CASE(the_metrics_read_are_declared) {
  const auto declared = monitoring::metrics().families();
  for (const auto name : top_metrics())
    BOOST_TEST((std::ranges::find(declared, name, &monitoring::family::name) != declared.end()), name);
}

BOOST_AUTO_TEST_CASE(rates_are_summed_over_nodes_using_the_scrape_times_of_each_node) {
  auto f = compute_sample(
      snapshot({node("a", 0ms, ended("mail", "succeeded", 100)), node("b", 0ms, ended("mail", "succeeded", 7))}),
      snapshot({node("a", 2s, ended("mail", "succeeded", 120)), node("b", 500ms, ended("mail", "succeeded", 8))}));
  BOOST_REQUIRE_EQUAL(f.queues.size(), 1U);
  BOOST_TEST(f.queues[0].done.value() == 12);
  BOOST_TEST(f.queues[0].retried.value() == 0);
  BOOST_TEST(f.failing.empty());
}

BOOST_AUTO_TEST_CASE(a_new_counter_was_zero_and_a_decreased_counter_was_reset) {
  auto f = compute_sample(snapshot({node("a", 0ms, ended("mail", "succeeded", 100))}),
                          snapshot({node("a", 1s, ended("mail", "succeeded", 4) + ended("mail", "retry", 3))}));
  BOOST_TEST(f.queues[0].done.value() == 4);
  BOOST_TEST(f.queues[0].retried.value() == 3);
}

BOOST_AUTO_TEST_CASE(a_rate_requires_two_scrapes_of_a_node) {
  const auto first = node("a", 0ms, ended("mail", "succeeded", 1));
  const node_scrape unavailable{"a", "refused", start + 1s, {}};
  BOOST_TEST(!compute_sample({}, snapshot({first})).queues[0].done.has_value());
  auto f = compute_sample(snapshot({first}), snapshot({unavailable}));
  BOOST_TEST(!f.queues[0].done.has_value());
  BOOST_TEST(!f.queues[0].dead.has_value());
  BOOST_TEST(!f.queues[0].in_flight.has_value());
  BOOST_REQUIRE_EQUAL(f.nodes.size(), 1U);
  BOOST_TEST(f.nodes[0].problem == "refused");
  BOOST_TEST(!compute_sample(snapshot({unavailable}), snapshot({node("a", 2s, "")})).queues[0].done.has_value());
}

BOOST_AUTO_TEST_CASE(gauges_are_summed_and_ages_use_the_maximum) {
  const std::string one =
      "millrace_deliveries_in_flight{queue=\"email\"} 3\nmillrace_oldest_task_age_seconds{queue=\"email\"} 9\n"
      "millrace_deliveries_in_flight{queue=\"webhook\"} 50\nmillrace_outbox_due_rows 4\n";
  const std::string two =
      "millrace_deliveries_in_flight{queue=\"email\"} 2\nmillrace_oldest_task_age_seconds{queue=\"email\"} 5\n"
      "millrace_outbox_due_rows 6\nmillrace_outbox_lag_seconds 1.5\n";
  auto f = compute_sample({}, snapshot({node("a", 0ms, one), node("b", 0ms, two)}));
  BOOST_TEST(f.queues[0].in_flight.value() == 5);
  BOOST_TEST(f.queues[0].oldest_seconds.value() == 9);
  BOOST_TEST(f.outbox_due.value() == 6);
  BOOST_TEST(f.outbox_lag.value() == 1.5);
}

BOOST_AUTO_TEST_CASE(dead_letters_of_a_queue_count_for_every_reason) {
  auto letters = [](int rejected, int malformed) {
    return "millrace_dead_letters_total{queue=\"email\",reason=\"rejected\"} " + std::to_string(rejected) +
           "\nmillrace_dead_letters_total{queue=\"email\",reason=\"malformed_payload\"} " + std::to_string(malformed) + "\n";
  };
  auto f = compute_sample(snapshot({node("a", 0ms, letters(5, 0))}), snapshot({node("a", 1s, letters(6, 3))}));
  BOOST_TEST(f.queues[0].dead.value() == 4);
}

BOOST_AUTO_TEST_CASE(the_ten_most_frequently_failing_types_are_listed_in_order) {
  std::string before, now;
  for (int i = 0; i < 12; ++i) {
    before += ended("type" + std::to_string(i), "retry", 1);
    now += ended("type" + std::to_string(i), "retry", 2 + i) + ended("type" + std::to_string(i), "succeeded", 1'000);
  }
  now += ended("type0", "dead", 100);
  auto f = compute_sample(snapshot({node("a", 0ms, before)}), snapshot({node("a", 1s, now)}));
  BOOST_REQUIRE_EQUAL(f.failing.size(), 10U);
  BOOST_TEST(f.failing[0].type == "type0");
  BOOST_TEST(f.failing[0].dead == 100);
  BOOST_TEST(f.failing[0].retried == 1);
  BOOST_TEST(f.failing[1].type == "type11");
  BOOST_TEST(f.failing[9].type == "type3");
}

BOOST_AUTO_TEST_CASE(a_response_that_is_not_from_a_node_is_a_problem) {
  BOOST_TEST(read_scrape("a", start, "up 1\n").problem == "not the metrics of a Millrace node");
  BOOST_TEST(read_scrape("a", start, "<html>").problem == "invalid metrics: line 1: name expected");
  BOOST_TEST(read_scrape("a", start, is_node).problem.empty());
}

BOOST_AUTO_TEST_SUITE_END()
