#include "actors/delivery/outcome_resolution.hpp"

#include "actors/delivery/topology.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace millrace::actors {
namespace {

using postgres::task_state;

const char* mime(content_type c) { return c == content_type::json ? "application/json" : "application/msgpack"; }

std::string public_id(const task& t) { return t.original_id.empty() ? to_string(t.id) : t.original_id; }

outcome_resolution give_up(dead why) {
  return {.state = task_state::dead,
          .outcome = "dead",
          .result = {},
          .error = why.error,
          .next = {},
          .dead_letter = why,
          .reply = {}};
}

outcome_resolution try_again(const task& t, retry r, const type_policy& policy, wall_time now, double random) {
  auto allowed = t.max_attempts ? std::min(t.max_attempts, policy.max_attempts) : policy.max_attempts;
  if (t.attempt >= allowed)
    return give_up(
        {dead_reason::attempts_exhausted, "failed " + std::to_string(t.attempt) + " times, the last time: " + r.error});
  auto wait = r.after.value_or(policy.backoff.delay(t.attempt, random));
  return {.state = task_state::retrying,
          .outcome = "retry",
          .result = {},
          .error = std::move(r.error),
          .next = republication(t, now + wait),
          .dead_letter = {},
          .reply = {}};
}

struct decide {
  const task& t;
  const type_policy& policy;
  wall_time now;
  double random;

  outcome_resolution operator()(succeeded s) const {
    if (auto wrong = check_follow_ups(s.then)) return give_up({dead_reason::invalid_follow_up, *wrong});
    std::vector<postgres::outbox_row> follow_ups;
    for (std::size_t i = 0; i < s.then.size(); ++i) follow_ups.push_back(follow_up_message(t, s.then[i], i, now));
    return {.state = task_state::succeeded,
            .outcome = "succeeded",
            .result = std::move(s.result),
            .error = {},
            .next = {},
            .dead_letter = {},
            .follow_ups = std::move(follow_ups),
            .reply = {}};
  }
  outcome_resolution operator()(retry r) const { return try_again(t, std::move(r), policy, now, random); }
  outcome_resolution operator()(snooze s) const {
    return {.state = task_state::scheduled,
            .outcome = "snooze",
            .result = {},
            .error = {},
            .counts = false,
            .next = republication(t, now + s.after),
            .dead_letter = {},
            .reply = {}};
  }
  outcome_resolution operator()(dead d) const { return give_up(std::move(d)); }
  outcome_resolution operator()(cancelled c) const {
    return {.state = task_state::cancelled,
            .outcome = "cancelled",
            .result = {},
            .error = std::move(c.why),
            .next = {},
            .dead_letter = {},
            .reply = {}};
  }
};

}  // namespace

std::int64_t to_us(wall_time t) {
  return std::chrono::duration_cast<std::chrono::microseconds>(t.time_since_epoch()).count();
}

std::optional<requesting_task> parse_requesting_task(std::string_view text) {
  auto space = std::min(text.find(' '), text.size());
  auto id = uuid::parse(text.substr(0, space));
  auto number = text.substr(std::min(space + 1, text.size()));
  std::uint32_t generation = 0;
  auto [rest, failed] = std::from_chars(number.data(), number.data() + number.size(), generation);
  if (!id || failed != std::errc{} || rest != number.data() + number.size()) return std::nullopt;
  return requesting_task{*id, generation};
}

postgres::outbox_row republication(const task& t, wall_time due) {
  auto next = t;
  ++next.generation;
  return first_publication(next, due);
}

postgres::outbox_row first_publication(const task& t, wall_time due) {
  postgres::outbox_row row;
  row.due_at_us = to_us(due);
  row.routing_key = t.queue;
  row.type = t.type;
  row.message_id = public_id(t);
  row.content_type = mime(t.content);
  row.correlation_id = t.correlation_id;
  row.reply_to = t.reply_to;
  row.priority = t.priority;
  row.headers = {{"tenant", t.tenant}, {header::generation, std::to_string(t.generation)}};
  if (t.max_attempts) row.headers.emplace_back("max_attempts", std::to_string(t.max_attempts));
  if (!t.traceparent.empty()) row.headers.emplace_back("traceparent", t.traceparent);
  if (t.published_at) row.headers.emplace_back(header::published_at, std::to_string(to_us(*t.published_at)));
  if (t.expires_at) row.headers.emplace_back(header::expires_at, std::to_string(to_us(*t.expires_at)));
  row.body = t.payload.view();
  return row;
}

postgres::outbox_row further_round(const task& t, wall_time due, std::uint32_t rounds) {
  auto row = first_publication(t, due);
  row.headers.emplace_back(header::rounds, std::to_string(rounds));
  return row;
}

postgres::outbox_row follow_up_message(const task& parent, const follow_up& wanted, std::size_t place, wall_time now) {
  auto due = std::max(now + std::max(wanted.delay, std::chrono::milliseconds{0}), wanted.not_before.value_or(now));
  task t;
  t.id = uuid::v5(parent.id, "follow-up " + std::to_string(place));
  t.original_id = wanted.id;
  t.tenant = parent.tenant;
  t.type = wanted.type;
  t.queue = wanted.queue.empty() ? wanted.type : wanted.queue;
  t.content = wanted.content;
  t.correlation_id = parent.correlation_id;
  t.traceparent = parent.traceparent;
  t.published_at = due;
  auto row = first_publication(t, due);
  row.headers.emplace_back(header::asked_by, to_string(parent.id) + " " + std::to_string(parent.generation));
  if (wanted.queue.empty()) row.exchange = task_exchange;
  row.body = wanted.payload;
  return row;
}

postgres::outbox_row reply_message(const task& t, task_state state, const std::string& result, const std::string& error) {
  using nlohmann::json;
  json body{{"id", public_id(t)}, {"state", postgres::to_string(state)}, {"result", nullptr}, {"error", nullptr}};
  if (!result.empty()) body["result"] = json::parse(result, nullptr, false);
  if (!error.empty()) body["error"] = error;
  postgres::outbox_row row;
  row.routing_key = t.reply_to;
  row.type = result_type;
  row.message_id = to_string(uuid::v5(t.id, "result"));
  row.content_type = mime(content_type::json);
  row.correlation_id = t.correlation_id;
  row.headers = {{"tenant", t.tenant}};
  row.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  return row;
}

outcome_resolution resolve_outcome(const task& t, outcome result, const type_policy& policy, wall_time now, double random) {
  auto c = std::visit(decide{t, policy, now, random}, std::move(result));
  if (!c.next && !t.reply_to.empty()) c.reply = reply_message(t, c.state, c.result, c.error);
  return c;
}

}  // namespace millrace::actors
