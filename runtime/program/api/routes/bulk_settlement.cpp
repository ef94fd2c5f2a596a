#include "actors/operations/bulk_settlement.hpp"

#include "runtime/payload/payload.hpp"
#include "runtime/program/api/routes/dead_letter_parameters.hpp"
#include "runtime/task/rfc3339.hpp"

#include <algorithm>

namespace millrace::api {
namespace {

using nlohmann::ordered_json;
using operations::bulk_action;
using operations::replay_order;
using std::chrono::microseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds time_limit{20};  // of one request; `remaining` counts the rest
constexpr std::size_t shown_refusals = 100;

replay_order order_of(const call& c) {
  replay_order order;
  order.by = {c.who.name, c.args.text("reason"), to_string(uuid::v7(std::chrono::system_clock::now())), c.tenant()};
  order.command = c.args.json().dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  order.first_due = std::chrono::system_clock::now();
  return order;
}

replay_order replay_order_of(const call& c) {
  auto order = order_of(c);
  order.again = c.args.flag("again");
  order.to_queue = c.args.text("to");
  order.queues = operations::task_queues(c.shared.settings);
  if (!order.to_queue.empty() && !order.queues.contains(order.to_queue))
    throw problem{problem_kind::invalid_request, "`to`: unknown task queue", {{"to", "unknown task queue"}}};
  return order;
}

ordered_json preview_json(const operations::bulk_preview& p) {
  ordered_json reasons = ordered_json::object(), oldest = ordered_json::array();
  for (auto& [reason, dead_letters] : p.by_reason) reasons[reason] = dead_letters;
  for (auto& dead_letter : p.oldest) oldest.push_back(to_json(dead_letter));
  return {{"dry_run", true}, {"matching", p.matching}, {"dead_reasons", reasons}, {"oldest", oldest}};
}

/// Names the dead letters of other tenants in the request, for the audit log; the caller learns nothing about them.
std::string denied(unit_of_work& work, const call& c, const std::vector<std::string>& ids) {
  if (c.who.tenant.empty() || ids.empty()) return {};
  const auto others = postgres::dead_letters_of_others(work, ids, c.who.tenant);
  if (others.empty()) return {};
  return std::to_string(others.size()) + " of the dead letters named, " + others.front() +
         " the first, are another tenant's";
}

/// The results of a bulk request so far.
struct tally {
  std::size_t refused = 0;
  ordered_json refusals = ordered_json::array();

  void add(const std::vector<operations::settled_dead_letter>& results) {
    for (auto& r : results)
      if (!r.refusal.empty() && ++refused <= shown_refusals) refusals.push_back({{"id", r.id}, {"reason", r.refusal}});
  }
};

answer settle(call& c, bulk_action action, const replay_order& details) {
  if (!has_filter(c.args)) throw problem{problem_kind::invalid_request, "name dead letters by id or by a filter"};
  const auto filter = dead_letter_filter(c);
  const bool dry_run = c.args.flag("dry_run");
  answer a;
  c.database.run([&](unit_of_work& work) {
    a.denied = denied(work, c, filter.ids);
    if (dry_run) a.body = preview_json(operations::preview(work, filter));
  });
  if (dry_run) return a;
  const auto limit = static_cast<std::size_t>(c.args.integer("limit", operations::default_replay_limit));
  operations::bulk_settlement bulk{{action, filter, limit, details}, [&](auto& work) { c.database.run(work); }};
  tally done;
  ordered_json remaining, stopped;
  std::string interrupted = "stopped early: ";
  try {
    std::vector<operations::settled_dead_letter> results;
    const auto end = steady_clock::now() + time_limit;
    do done.add(results = bulk.step());
    while (!results.empty() && steady_clock::now() < end);
    interrupted = "the remaining dead letters could not be counted: ";
    done.add(bulk.finish());
    remaining = bulk.remaining();
  } catch (const problem& p) {
    if (bulk.settled() + done.refused == 0) throw;
    stopped = interrupted + p.what();  // the batches before are committed and must be reported
  }
  a.body = {{"run_id", details.by.run_id}, {"settled", bulk.settled()}, {"refused", done.refused},
            {"refusals", done.refusals},   {"remaining", remaining},    {"stopped", stopped}};
  if (action == bulk_action::replay) a.body["next_at"] = to_rfc3339(bulk.next_due());
  return a;
}

std::string edited(const call& c, const postgres::dead_letter_record& dead_letter) {
  auto text = c.args.json()["payload"].dump();
  if (dead_letter.content_type != "application/msgpack") return text;
  const auto packed = nlohmann::json::to_msgpack(c.args.json()["payload"]);
  return {packed.begin(), packed.end()};
}

}  // namespace

answer replay_dead_letters(call& c) {
  auto order = replay_order_of(c);
  order.interval = microseconds{static_cast<std::int64_t>(1e6 / c.args.number("rate", 100))};
  order.first_due = std::max(order.first_due, wall_time{microseconds{c.args.timestamp_us("not_before").value_or(0)}});
  return settle(c, bulk_action::replay, order);
}

answer discard_dead_letters(call& c) { return settle(c, bulk_action::discard, order_of(c)); }

answer replay_dead_letter(call& c) {
  auto order = replay_order_of(c);
  const auto id = c.args.text("id");
  std::vector<operations::settled_dead_letter> answers;
  c.database.run([&](unit_of_work& work) {
    const auto dead_letter = named_dead_letter(work, c);
    if (c.args.json().contains("payload")) order.edit = edited(c, dead_letter);
    answers = operations::replay_batch(work, std::vector{id}, order, true);
  });
  if (!answers.front().refusal.empty()) throw problem{problem_kind::conflict, answers.front().refusal};
  return {200, {{"run_id", order.by.run_id}, {"id", id}, {"task_id", answers.front().task_id}}};
}

}  // namespace millrace::api
