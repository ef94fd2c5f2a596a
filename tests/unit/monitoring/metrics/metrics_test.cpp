#include "monitoring/metrics/metrics.hpp"

#include "monitoring/metrics/family.hpp"
#include "tests/unit/monitoring/metrics/golden.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <set>
#include <sstream>
#include <thread>
#include <vector>

using namespace millrace::monitoring;

namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Records every metric once.
void touch(metrics& m) {
  m.task_finished("email", "notification.email", "succeeded", 3);
  m.queue_wait("email", "notification.email", seconds(0.2));
  m.execution("email", "notification.email", seconds(0.002));
  m.end_to_end("email", "notification.email", seconds(0.3));
  m.ended_at_attempt("email", "notification.email", 2, 3);
  m.dead_lettered("email", "malformed", 2);
  m.redelivery_deduplicated("email", 1);
  m.republished("email", 1);
  m.in_flight("email", 7);
  m.blocked("email", 1);
  m.queue_limits("email", true, 20);
  m.api_answered("list_queues", 200, seconds{0.002});
  m.effect_response("notification.email", 250);
  m.oldest_task("email", std::chrono::system_clock::now());
  m.leases_reissued(1);
  m.batch_committed("priority", 150, seconds(0.004));
  m.pool_size("tasks", 4);
  m.pool_in_use("tasks", 2);
  m.pool_waiting("tasks", 1);
  m.database_failure("tasks", "retry");
  m.connection_up("amqp_consume", true);
  m.reconnected("amqp_consume");
  m.broker_blocked(true);
  m.connection_dropped("api", "replaced");
  m.listener_up("api", true);
  m.queue_up("email", "consumed", true);
  m.queue_up("email", "declared", true);
  m.actor_restarted("consumer");
  m.outbox_published(5);
  m.outbox_publish_failed("unroutable", 1);
  m.outbox_backlog(3, seconds(2), 7);
  m.audit_unsealed(4);
  m.loop_lag(seconds(0.001));
  m.circuit_breakers("webhook", 2, 1);
  m.mailbox_lag("janitor", seconds(0.001));
  m.mailbox_depth("janitor", 3);
  m.transfers("EUR", 2, 1, 1'250);
  m.imbalanced_accounts(0);
  m.scheduler_leads(true);
  m.schedule_fired("nightly", 1, seconds(0.02));
  m.crash_record_full(2);
  m.quarantined_tasks(1);
  m.isolation_waiting(1);
  m.isolated_task();
  m.isolated_crash();
  m.spans_exported(4);
  m.spans_dropped("collector", 1);
}

/// The text without the values, and without the histogram buckets, whose bounds change more easily than names do.
std::string shape(const std::string& text) {
  std::istringstream in(text);
  std::string out, line;
  while (std::getline(in, line)) {
    if (holds(line, "_bucket{")) continue;
    out += (line[0] == '#' ? line : line.substr(0, line.rfind(' '))) + "\n";
  }
  return out;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(metrics_text)

BOOST_AUTO_TEST_CASE(names_labels_and_help_are_as_published) {
  metrics m;
  touch(m);
  check_golden("tests/unit/monitoring/metrics/golden/metrics.txt", shape(m.expose()));
}

BOOST_AUTO_TEST_CASE(the_metrics_page_is_generated_from_the_declarations) {
  check_golden("docs/metrics.md", metrics_markdown(metrics().families()));
}

BOOST_AUTO_TEST_CASE(every_declared_family_is_exposed_and_no_other) {
  metrics m;
  touch(m);
  const std::string text = m.expose();
  for (const family& f : m.families()) BOOST_TEST(holds(text, "# HELP " + std::string(f.name) + " "), f.name);
  BOOST_TEST(count_of(text, "# TYPE ") == m.families().size());
}

BOOST_AUTO_TEST_CASE(recorded_values_are_exposed) {
  metrics m;
  touch(m);
  const std::string text = m.expose();
  for (const auto* line :
       {"millrace_tasks_total{outcome=\"succeeded\",queue=\"email\",type=\"notification.email\"} 3\n",
        "millrace_dead_letters_total{queue=\"email\",reason=\"malformed\"} 2\n",
        "millrace_deliveries_in_flight{queue=\"email\"} 7\n",
        "millrace_batch_size_bucket{queue=\"priority\",le=\"100\"} 0\n",
        "millrace_batch_size_bucket{queue=\"priority\",le=\"200\"} 1\n", "millrace_batch_size_sum{queue=\"priority\"} 150\n",
        "millrace_reconnects_total{connection=\"amqp_consume\"} 1\n", "millrace_broker_blocked 1\n",
        "millrace_scheduled_tasks 7\n", "millrace_ledger_imbalanced_accounts 0\n",
        "millrace_ledger_transfers_total{currency=\"EUR\",result=\"posted\"} 2\n",
        "millrace_ledger_transfers_total{currency=\"EUR\",result=\"refused\"} 1\n",
        "millrace_ledger_volume_minor_units_total{currency=\"EUR\"} 1250\n", "millrace_outbox_published_total 5\n",
        "millrace_build_info{version=\"" MILLRACE_VERSION "\"} 1\n"})
    BOOST_TEST(holds(text, line), line << " in\n" << text);
}

BOOST_AUTO_TEST_CASE(attempts_recorded_for_many_tasks_count_like_single_ones) {
  metrics m, alone;
  for (auto [attempt, tasks] : {std::pair{1U, 40U}, {4U, 2U}, {5U, 1U}, {20U, 2U}, {21U, 3U}, {7U, 0U}}) {
    m.ended_at_attempt("email", "t", attempt, tasks);
    for (auto i = 0U; i < tasks; ++i) alone.ended_at_attempt("email", "t", attempt);
  }
  const auto exposed = [](const metrics& of) {
    std::istringstream in(of.expose());
    std::string out;
    for (std::string line; std::getline(in, line);)
      if (line.starts_with("millrace_task_attempts")) out += line.substr(22) + "\n";
    return out;
  };
  const std::string labels = "{queue=\"email\",type=\"t\"";
  std::string expected = "_count" + labels + "} 48\n_sum" + labels + "} 156\n";
  for (const auto* bucket : {"1\"} 40", "2\"} 40", "3\"} 40", "5\"} 43", "8\"} 43", "13\"} 43", "20\"} 45", "+Inf\"} 48"})
    expected += "_bucket" + labels + ",le=\"" + bucket + "\n";
  BOOST_TEST(exposed(m) == expected);
  BOOST_TEST(exposed(alone) == expected);
}

BOOST_AUTO_TEST_CASE(counters_and_histograms_without_labels_start_at_zero) {
  const std::string text = metrics().expose();
  const metrics m;
  for (const family& f : m.families()) {
    if (f.type == metric_type::gauge || !f.labels.empty() || f.name.starts_with("process_")) continue;
    const std::string series = std::string(f.name) + (f.type == metric_type::histogram ? "_count" : "");
    BOOST_TEST(holds(text, "\n" + series + " 0\n"), series);
  }
}

BOOST_AUTO_TEST_CASE(a_gauge_falls_again) {
  metrics m;
  m.connection_up("postgres_tasks", true);
  m.connection_up("postgres_tasks", false);
  m.in_flight("email", 9);
  m.in_flight("email", 0);
  BOOST_TEST(holds(m.expose(), "millrace_connection_up{connection=\"postgres_tasks\"} 0\n"));
  BOOST_TEST(holds(m.expose(), "millrace_deliveries_in_flight{queue=\"email\"} 0\n"));
}

BOOST_AUTO_TEST_CASE(an_unknown_value_is_absent_until_it_is_known_again) {
  metrics m;
  m.imbalanced_accounts({});
  BOOST_TEST(!holds(m.expose(), "millrace_ledger_imbalanced_accounts "));
  m.imbalanced_accounts(3);
  m.mailbox_lag("janitor", seconds(1));
  m.mailbox_lag("scheduler", seconds(2));
  m.mailbox_depth("janitor", 1);
  m.imbalanced_accounts({});
  m.mailbox_lag("janitor", {});
  m.mailbox_depth("janitor", {});
  BOOST_TEST(!holds(m.expose(), "millrace_ledger_imbalanced_accounts "));
  BOOST_TEST(!holds(m.expose(), "{actor=\"janitor\"}"));
  BOOST_TEST(holds(m.expose(), "millrace_actor_mailbox_lag_seconds{actor=\"scheduler\"} 2\n"));
  m.imbalanced_accounts(1);
  BOOST_TEST(holds(m.expose(), "\nmillrace_ledger_imbalanced_accounts 1\n"));
}

BOOST_AUTO_TEST_CASE(a_negative_duration_counts_as_zero) {
  metrics m;
  m.queue_wait("email", "t", seconds(-5));
  m.queue_wait("email", "t", seconds(NAN));
  BOOST_TEST(holds(m.expose(), "millrace_task_queue_wait_seconds_sum{queue=\"email\",type=\"t\"} 0\n"));
  BOOST_TEST(holds(m.expose(), "millrace_task_queue_wait_seconds_count{queue=\"email\",type=\"t\"} 2\n"));
}

BOOST_AUTO_TEST_CASE(a_family_stays_bounded_whatever_the_labels) {
  metrics m;
  for (int i = 0; i < 1'500; ++i) m.dead_lettered("email", "reason" + std::to_string(i));
  const std::string text = m.expose();
  BOOST_TEST(count_of(text, "millrace_dead_letters_total{") == 1'001U);
  BOOST_TEST(holds(text, "millrace_dead_letters_total{queue=\"other\",reason=\"other\"} 500\n"));
}

BOOST_AUTO_TEST_CASE(labels_that_are_not_clean_text_become_other) {
  metrics m;
  for (const std::string& bad :
       {std::string("a\nb"), std::string("\xff"), std::string("\xed\xa0\x80"), std::string("\xc0\x80"),
        std::string("\xf0\x80\x80\x80"), std::string("\xe2\x82"), std::string(129, 'x'), std::string(1, '\0')})
    m.redelivery_deduplicated(bad, 1);
  m.redelivery_deduplicated("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \"q\" \\", 1);
  const std::string text = m.expose();
  BOOST_TEST(holds(text, "millrace_redeliveries_deduplicated_total{queue=\"other\"} 8\n"), text);
  BOOST_TEST(holds(text, "{queue=\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \\\"q\\\" \\\\\"} 1\n"), text);
}

BOOST_AUTO_TEST_CASE(concurrent_threads_lose_no_count) {
  metrics m;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&m] {
      for (int i = 0; i < 2'000; ++i) m.task_finished("email", "type" + std::to_string(i % 5), "succeeded");
    });
  std::set<std::size_t> sizes;
  for (int i = 0; i < 20; ++i) sizes.insert(m.expose().size());
  for (auto& t : threads) t.join();
  const std::string text = m.expose();
  for (int i = 0; i < 5; ++i) BOOST_TEST(holds(text, "type=\"type" + std::to_string(i) + "\"} 1600\n"), text);
}

BOOST_AUTO_TEST_CASE(the_process_is_measured) {
  const std::string text = metrics().expose();
  const auto value = [&](const std::string& name) {
    const auto at = text.find("\n" + name + " ");
    return at == std::string::npos ? -1.0 : std::stod(text.substr(at + name.size() + 2));
  };
  BOOST_TEST(value("process_resident_memory_bytes") > 1'000'000);
  BOOST_TEST(value("process_virtual_memory_bytes") >= value("process_resident_memory_bytes"));
  BOOST_TEST(value("process_open_fds") >= 3);
  BOOST_TEST(value("process_max_fds") >= value("process_open_fds"));
  BOOST_TEST(value("process_cpu_seconds_total") >= 0);
  BOOST_TEST(value("process_start_time_seconds") > 1'600'000'000);
}

BOOST_AUTO_TEST_SUITE_END()
