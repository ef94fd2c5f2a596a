#include "actors/pipeline/commit_telemetry.hpp"

#include "monitoring/log/log.hpp"
#include "tests/support/fake_http_client.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <sstream>

using namespace millrace;
using namespace millrace::actors;
using namespace millrace::test;
using namespace std::chrono_literals;

namespace {

struct known_type : transactional_handler {
  static constexpr auto type = "a.type";
  std::vector<outcome> execute(unit_of_work&, std::span<const task>) override { return {}; }
};

/// A committed batch to report.
struct committed_batch {
  node_context shared;
  std::vector<commit_item> items;
  commit_result result;
  committed_batch() {
    shared.handlers->add<known_type>({});
    monitoring::set_log_level("error");  // the log is not under test
  }
  ~committed_batch() { monitoring::set_log_level("info"); }

  void ended(std::string_view type, std::uint32_t attempt, const char* outcome, std::optional<dead_reason> letter = {}) {
    auto i = std::make_shared<decoded_delivery>();
    i->what = make_task(type, "{}");
    bool terminal = std::string_view{outcome} != "retry" && std::string_view{outcome} != "snooze";
    result.endings.push_back({items.size(), attempt, outcome, letter ? "no" : "", letter, terminal});
    items.emplace_back(std::move(i));
  }

  /// The samples of `millrace_task_attempts` except buckets. The keys omit that prefix.
  std::map<std::string, std::string> attempts() {
    report_commit(shared, "email", items, result, 5ms);
    std::map<std::string, std::string> found;
    std::istringstream text{shared.metrics.expose()};
    for (std::string line; std::getline(text, line);)
      if (line.starts_with("millrace_task_attempts_") && line.find("_bucket") == std::string::npos)
        found[line.substr(23, line.rfind(' ') - 23)] = line.substr(line.rfind(' ') + 1);
    return found;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(commit_telemetry, committed_batch)

BOOST_AUTO_TEST_CASE(each_executed_task_reports_its_number_of_attempts_once) {
  for (int i = 0; i < 40; ++i) ended("a.type", 1, "succeeded");
  ended("a.type", 3, "succeeded");
  ended("a.type", 3, "cancelled");
  ended("a.type", 12, "dead", dead_reason::attempts_exhausted);
  ended("a.type", 7, "retry");
  ended("a.type", 7, "snooze");
  ended("a.type", 0, "expired");
  ended("a.type", 0, "dead", dead_reason::malformed_payload);
  ended("someone's own text", 0, "dead", dead_reason::unknown_type);
  const std::map<std::string, std::string> expected{{"count{queue=\"email\",type=\"a.type\"}", "43"},
                                                    {"sum{queue=\"email\",type=\"a.type\"}", "58"}};
  BOOST_TEST((attempts() == expected));
  auto text = shared.metrics.expose();
  for (const auto* bucket : {"le=\"1\"} 40\n", "le=\"2\"} 40\n", "le=\"3\"} 42\n", "le=\"13\"} 43\n"})
    BOOST_TEST(text.find("millrace_task_attempts_bucket{queue=\"email\",type=\"a.type\"," + std::string{bucket}) !=
                   std::string::npos,
               bucket);
}

BOOST_AUTO_TEST_CASE(each_type_has_its_own_attempts_and_those_nobody_knows_have_one) {
  ended("a.type", 2, "succeeded");
  ended("b", 2, "dead", dead_reason::rejected);
  ended("c", 2, "dead", dead_reason::rejected);
  const std::map<std::string, std::string> expected{{"count{queue=\"email\",type=\"a.type\"}", "1"},
                                                    {"sum{queue=\"email\",type=\"a.type\"}", "2"},
                                                    {"count{queue=\"email\",type=\"unknown\"}", "2"},
                                                    {"sum{queue=\"email\",type=\"unknown\"}", "4"}};
  BOOST_TEST((attempts() == expected));
}

BOOST_AUTO_TEST_CASE(a_task_does_not_wait_before_it_is_due_nor_between_its_attempts) {
  const auto now = std::chrono::system_clock::now();
  const auto claimed = [&](std::uint32_t generation, std::optional<wall_time> due) {
    auto i = std::make_shared<decoded_delivery>();
    i->what = make_task("a.type", "{}");
    i->what.published_at = now - 24h;
    i->what.received_at = now;
    i->what.not_before = due;
    i->what.generation = generation;
    result.claimed.push_back({items.size(), 1, 1, false});
    items.emplace_back(std::move(i));
  };
  claimed(0, now);
  claimed(3, {});
  report_commit(shared, "email", items, result, 5ms);
  const auto text = shared.metrics.expose();
  BOOST_TEST(text.find("millrace_task_queue_wait_seconds_count{queue=\"email\",type=\"a.type\"} 2\n") != std::string::npos);
  const std::string sum = "millrace_task_queue_wait_seconds_sum{queue=\"email\",type=\"a.type\"} ";
  BOOST_TEST(std::stod(text.substr(text.find(sum) + sum.size())) < 12 * 3'600);
}

BOOST_AUTO_TEST_SUITE_END()
