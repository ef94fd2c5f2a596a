#include "actors/pipeline/task_spans.hpp"

#include "actors/delivery/outcome_resolution.hpp"
#include "actors/outbox/publish_spans.hpp"
#include "config/text/encoding.hpp"
#include "runtime/tracing/trace_sampling.hpp"
#include "tests/support/fake_http_client.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;
using namespace millrace::actors;
using namespace millrace::config;
using namespace millrace::tracing;
using namespace millrace::test;
using namespace std::chrono_literals;

namespace {

constexpr auto sampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
constexpr auto not_sampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
const auto given = *parse_traceparent(sampled);

struct secret_type : transactional_handler {
  static constexpr auto type = "a.secret";
  std::vector<outcome> execute(unit_of_work&, std::span<const task>) override { return {}; }
};

/// A node that traces the tasks that producers have sampled.
struct tracing_fixture {
  node_context shared;
  tracing_fixture() {
    shared.settings.tracing.sample_percent = 0;
    shared.spans = std::make_unique<span_buffer>();
    type_policy secret;
    secret.redact = true;
    shared.handlers->add<secret_type>(secret);
  }

  static task traced(std::string traceparent = sampled, std::string_view type = "a.type") {
    auto t = make_task(type, "{}");
    t.traceparent = std::move(traceparent);
    t.attempt = 1;
    return t;
  }
  static commit_item delivery(task t) {
    auto i = std::make_shared<decoded_delivery>();
    i->what = std::move(t);
    return i;
  }
  std::map<std::string, span> committed(const std::vector<commit_item>& items, const commit_result& result) {
    trace_commit(shared, "email", items, result, 5ms);
    return by_name();
  }
  std::map<std::string, span> by_name() {
    std::map<std::string, span> found;
    for (auto& s : shared.spans->take(1'000)) found.emplace(s.name, s);
    return found;
  }
};

std::string attribute_text(const span& s, std::string_view name) {
  for (auto& [key, value] : s.attributes)
    if (key == name) return std::get<std::string>(value);
  return "(none)";
}

std::int64_t number(const span& s, std::string_view name) {
  for (auto& [key, value] : s.attributes)
    if (key == name) return std::get<std::int64_t>(value);
  return -1;
}

std::string traceparent_in(const postgres::outbox_row& row) {
  auto found = std::ranges::find(row.headers, "traceparent", &std::pair<std::string, std::string>::first);
  return found == row.headers.end() ? "(none)" : found->second;
}

/// Publishes the only follow-up of a task.
struct published_follow_up {
  postgres::outbox_row row;
  std::map<std::string, span> spans;
  published_follow_up(tracing_fixture& by, const task& parent, std::string id = {}) {
    std::vector rows{follow_up_message(parent, {.type = "next", .payload = "{}", .id = std::move(id)}, 0, {})};
    rows[0].id = 1;
    publish_spans published;
    published.start(by.shared, 1, rows);
    published.end(by.shared, {1, {1}, {}, {}, {}});
    row = rows[0];
    spans = by.by_name();
  }
};

span_id process_of(const task& t, std::uint32_t generation) { return process_span(t.tenant, t.id, generation); }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(task_spans, tracing_fixture)

BOOST_AUTO_TEST_CASE(a_transactional_task_has_its_handler_s_and_its_transaction_s_time) {
  auto t = traced();
  auto began = std::chrono::system_clock::now();
  commit_result result;
  result.endings.push_back({0, 1, "succeeded", {}, {}, true});
  result.executions.push_back({"a.type", began, began + 3ms, 7});
  auto spans = committed({delivery(t)}, result);
  BOOST_TEST(spans.size() == 3U);
  auto& process = spans.at("process email");
  BOOST_TEST((process.trace == given.trace));
  BOOST_TEST((process.parent == given.parent));
  BOOST_TEST((process.id == process_of(t, 0)));
  BOOST_TEST((process.start == t.received_at));
  BOOST_TEST(attribute_text(process, "millrace.outcome") == "succeeded");
  BOOST_TEST(!process.error);
  BOOST_TEST((spans.at("execute a.type").parent == process.id));
  BOOST_TEST((spans.at("execute a.type").end - spans.at("execute a.type").start == 3ms));
  BOOST_TEST((spans.at("commit").parent == process.id));
  BOOST_TEST((spans.at("commit").end - spans.at("commit").start == 5ms));
}

BOOST_AUTO_TEST_CASE(a_task_dead_lettered_unexecuted_has_a_reason) {
  commit_result result;
  result.endings.push_back({0, 0, "dead", "not JSON", dead_reason::malformed_payload, true});
  auto spans = committed({delivery(traced())}, result);
  BOOST_TEST(spans.size() == 2U);
  BOOST_TEST(spans.at("process email").error.value() == "not JSON");
  BOOST_TEST(attribute_text(spans.at("process email"), "error.type") == "malformed_payload");
}

BOOST_AUTO_TEST_CASE(errors_of_types_that_are_to_be_redacted_stay_out) {
  auto t = traced(sampled, "a.secret");
  commit_result result;
  result.endings.push_back({0, 1, "retry", "card 4711", {}, false});
  result.executions.push_back({"a.secret", {}, {}, 1});
  for (auto& [name, s] : committed({delivery(t)}, result)) BOOST_TEST(s.error.value_or("(redacted)") == "(redacted)", name);
  trace_execution(shared, {t, 1, retry{{}, "card 4711"}, 1ms, {}, {}});
  BOOST_TEST(by_name().at("execute a.secret").error.value() == "(redacted)");
}

BOOST_AUTO_TEST_CASE(a_deferred_task_has_a_span_and_an_absorbed_one_has_none) {
  auto later = traced();
  later.not_before = later.received_at + 1h;
  commit_result result;
  result.duplicates = {0};
  result.handed_off = {1};
  result.blocked = {2};
  auto spans = committed({delivery(later), delivery(later), delivery(later), delivery(traced()), delivery(later)}, result);
  BOOST_TEST(spans.size() == 2U);
  BOOST_TEST(attribute_text(spans.at("process email"), "millrace.outcome") == "scheduled");
}

BOOST_AUTO_TEST_CASE(an_effect_ends_with_its_own_time_and_only_if_it_began) {
  auto t = traced();
  trace_execution(shared, {t, 1, succeeded{}, 40ms, {}, {}});
  auto spans = by_name();
  BOOST_TEST((spans.at("execute a.type").end - spans.at("execute a.type").start == 40ms));
  BOOST_TEST(traceparent_of_effect(shared, t) == to_traceparent({given.trace, spans.at("execute a.type").id, 1}));
  trace_execution(shared, {t, 1, snooze{}, 0ms, {}, {}});
  BOOST_TEST(by_name().empty());
}

BOOST_AUTO_TEST_CASE(an_effect_span_has_the_response_code_and_the_failure) {
  auto executed = [&](std::string_view type, outcome result, long answered) {
    trace_execution(shared, {traced(sampled, type), 1, std::move(result), 1ms, {}, {}, answered});
    return by_name().begin()->second;
  };
  auto refused = executed("notification.webhook", dead{dead_reason::rejected, "HTTP 410"}, 410);
  BOOST_TEST(number(refused, "http.response.status_code") == 410);
  BOOST_TEST(attribute_text(refused, "error.type") == "410");
  auto done = executed("notification.email", succeeded{}, 250);
  BOOST_TEST(number(done, "millrace.smtp.reply_code") == 250);
  BOOST_TEST(attribute_text(done, "error.type") == "(none)");
  auto unanswered = executed("notification.webhook", retry{{}, "connection refused"}, 0);
  BOOST_TEST(number(unanswered, "http.response.status_code") == -1);
  BOOST_TEST(attribute_text(unanswered, "error.type") == "retry");
}

BOOST_AUTO_TEST_CASE(unsampled_tasks_leave_no_spans) {
  auto t = traced(not_sampled);
  commit_result result;
  result.endings.push_back({0, 1, "succeeded", {}, {}, true});
  result.claimed.push_back({1, 1, 1, false});
  BOOST_TEST(committed({delivery(t), delivery(traced(""))}, result).empty());
  trace_execution(shared, {t, 1, succeeded{}, 40ms, {}, {}});
  BOOST_TEST(by_name().empty());
  BOOST_TEST(traceparent_of_effect(shared, t) == not_sampled);
}

BOOST_AUTO_TEST_CASE(spans_without_room_are_counted) {
  shared.spans = std::make_unique<span_buffer>(1);
  commit_result result;
  result.endings.push_back({0, 1, "succeeded", {}, {}, true});
  BOOST_TEST(committed({delivery(traced())}, result).size() == 1U);
  BOOST_TEST(shared.metrics.expose().find("millrace_spans_dropped_total{reason=\"buffer_full\"} 1\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_retry_is_published_as_the_child_of_the_try_before_and_hands_its_own_id_on) {
  auto t = traced();
  t.queue = "email";
  std::vector rows{republication(t, t.received_at), first_publication(traced(not_sampled), t.received_at),
                   reply_message(t, postgres::task_state::succeeded, {}, {})};
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].id = static_cast<std::int64_t>(i + 1);
  auto others = std::vector(rows.begin() + 1, rows.end());
  publish_spans published;
  published.start(shared, 7, rows);
  published.end(shared, {7, {1, 2, 3}, {}, {}, {}});
  auto spans = by_name();
  BOOST_TEST(spans.size() == 1U);
  auto& s = spans.at("publish email");
  BOOST_TEST((s.parent == process_of(t, 0)));
  BOOST_TEST((s.trace == given.trace));
  BOOST_TEST(!s.error);
  BOOST_TEST(traceparent_in(rows[0]) == to_traceparent({given.trace, s.id, 1}));
  for (std::size_t i = 0; i < others.size(); ++i) BOOST_TEST((rows[i + 1].headers == others[i].headers));
}

BOOST_AUTO_TEST_CASE(a_follow_up_is_the_child_of_the_try_that_asked_for_it) {
  auto parent = traced();
  parent.tenant = "acme";
  parent.generation = 2;
  const published_follow_up next{*this, parent};
  auto& s = next.spans.at("publish millrace");
  BOOST_TEST((s.trace == given.trace));
  BOOST_TEST((s.parent == process_of(parent, 2)));
  BOOST_TEST(traceparent_in(next.row) == to_traceparent({given.trace, s.id, 1}));
  // The consumer of the follow-up continues the trace.
  commit_result result;
  result.endings.push_back({0, 1, "succeeded", {}, {}, true});
  auto process = committed({delivery(traced(traceparent_in(next.row), "next"))}, result).at("process email");
  BOOST_TEST((process.trace == given.trace));
  BOOST_TEST((process.parent == s.id));
}

BOOST_AUTO_TEST_CASE(a_follow_up_of_a_task_that_is_traced_for_its_share_is_in_that_task_s_trace) {
  shared.settings.tracing.sample_percent = 100;
  auto parent = traced("");
  commit_result result;
  result.endings.push_back({0, 1, "succeeded", {}, {}, true});
  auto process = committed({delivery(parent)}, result).at("process email");
  for (const auto* id : {"", "order 7"}) {
    const published_follow_up next{*this, parent, id};
    auto& s = next.spans.at("publish millrace");
    BOOST_TEST((s.trace == process.trace));
    BOOST_TEST((s.parent == process.id));
    BOOST_TEST(traceparent_in(next.row) == to_traceparent({process.trace, s.id, 1}));
  }
}

BOOST_AUTO_TEST_CASE(a_follow_up_of_an_untraced_task_forwards_the_received_traceparent) {
  for (const auto* came : {not_sampled, ""}) {
    const published_follow_up next{*this, traced(came)};
    BOOST_TEST(next.spans.empty());
    BOOST_TEST(traceparent_in(next.row) == (came == not_sampled ? not_sampled : "(none)"));
  }
}

BOOST_AUTO_TEST_CASE(the_log_names_the_trace_of_a_task_wherever_there_is_one) {
  const auto* id = "0af7651916cd43dd8448eb211c80319c";
  BOOST_TEST(trace_id_of(shared, traced()) == id);
  BOOST_TEST(trace_id_of(shared, traced(not_sampled)) == id);
  BOOST_TEST(trace_id_of(shared, traced("")) == "");
  shared.settings.tracing.sample_percent = 100;
  auto t = traced("");
  commit_result result;
  result.endings.push_back({0, 1, "succeeded", {}, {}, true});
  auto process = committed({delivery(t)}, result).at("process email");
  BOOST_TEST(trace_id_of(shared, t) == text::to_hex(process.trace));
  shared.spans = nullptr;
  BOOST_TEST(trace_id_of(shared, t) == "");
  BOOST_TEST(trace_id_of(shared, traced()) == id);
}

BOOST_AUTO_TEST_CASE(a_publish_that_nobody_took_or_confirmed_has_failed) {
  for (bool answered : {true, false}) {
    std::vector rows{first_publication(traced(), {})};
    rows[0].id = 4;
    rows[0].routing_key = "email";
    publish_spans published;
    published.start(shared, 1, rows);
    answered ? published.end(shared, {1, {}, {4}, {}, "no queue"}) : published.abandon(shared, 1);
    published.end(shared, {1, {4}, {}, {}, {}});  // too late
    auto spans = by_name();
    BOOST_TEST(spans.at("publish email").error.value() == (answered ? "no queue" : "the broker did not confirm in time"));
    BOOST_TEST((spans.at("publish email").parent == given.parent));
  }
}

BOOST_AUTO_TEST_SUITE_END()
