#include "actors/operations/replay.hpp"

#include "connectors/postgres/audit/audit_store.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace millrace::operations {
namespace {

using nlohmann::json;
using postgres::audit_row;
using postgres::locked_dead_letter;
using postgres::settlement;

std::string text_of(const json& j) { return j.dump(-1, ' ', false, json::error_handler_t::replace); }

/// The locked dead letters of one transaction and the result for each.
struct batch {
  std::vector<locked_dead_letter> dead_letters;
  std::vector<settled_dead_letter> answers;
};

batch lock(unit_of_work& work, std::span<const std::string> ids, bool with_bytes) {
  batch b{postgres::lock_dead_letters(work, ids, with_bytes), {}};
  std::set<std::string> found;
  for (auto& d : b.dead_letters) found.insert(d.record.id);
  for (auto& id : std::set<std::string>(ids.begin(), ids.end()))
    if (!found.contains(id)) b.answers.push_back({id, {}, "no such dead letter"});
  return b;
}

/// Whether this transaction is repeated although its COMMIT had succeeded.
bool already_committed(const batch& b, const settlement& by) {
  return std::ranges::any_of(b.dead_letters, [&](auto& d) { return d.record.run_id == by.run_id; });
}

void write_audit(unit_of_work& work, const std::vector<const locked_dead_letter*>& done, const settlement& by,
                 const std::string& command, const std::string& action, bool first) {
  std::vector<audit_row> trail;
  if (first) trail.push_back({by.actor, action, by.tenant, by.run_id, command});
  for (auto* d : done)
    trail.push_back({by.actor, action + "_dead_letter", d->record.tenant, d->record.id,
                     text_of({{"run", by.run_id}, {"task_id", d->record.task_id}, {"reason", by.why}})});
  postgres::add_audit(work, trail);
}

std::vector<std::string> ids_of(const std::vector<const locked_dead_letter*>& done) {
  std::vector<std::string> ids;
  ids.reserve(done.size());
  for (auto* d : done) ids.push_back(d->record.id);
  return ids;
}

std::vector<std::optional<postgres::locked_task>> lock_tasks_of(unit_of_work& work,
                                                                const std::vector<locked_dead_letter>& dead_letters) {
  std::vector<postgres::task_key> keys;
  keys.reserve(dead_letters.size());
  for (auto& d : dead_letters) keys.emplace_back(d.record.task_id, d.record.tenant);
  return postgres::lock_tasks(work, keys);
}

void sort(std::vector<settled_dead_letter>& answers) {
  std::sort(answers.begin(), answers.end(), [](auto& a, auto& b) { return a.id < b.id; });
}

}  // namespace

std::set<std::string> task_queues(const config::settings& s) {
  std::set<std::string> names;
  for (auto* q : s.queues.all())
    if (q != &s.queues.dead_letter) names.insert(q->name);
  return names;
}

std::vector<settled_dead_letter> replay_batch(unit_of_work& work, std::span<const std::string> ids,
                                              const replay_order& order, bool first) {
  auto b = lock(work, ids, true);
  auto tasks = lock_tasks_of(work, b.dead_letters);
  std::vector<const locked_dead_letter*> done;
  std::vector<postgres::outbox_row> out;
  std::set<postgres::task_key> taken;
  auto due = order;
  for (std::size_t i = 0; i < b.dead_letters.size(); ++i) {
    auto& l = b.dead_letters[i].record;
    if (l.run_id == order.by.run_id) {  // the transaction is repeated; its COMMIT had succeeded
      b.answers.push_back({l.id, l.task_id, {}});
      continue;
    }
    auto refusal = replay_refusal(l, tasks[i], order);
    if (!refusal && !taken.emplace(l.task_id, l.tenant).second)
      refusal = "another dead letter of its task is being replayed";
    b.answers.push_back({l.id, l.task_id, refusal.value_or("")});
    if (refusal) continue;
    out.push_back(replay_publication(b.dead_letters[i], tasks[i], due));
    due.first_due += order.interval;
    done.push_back(&b.dead_letters[i]);
  }
  sort(b.answers);
  if (done.empty()) return b.answers;
  postgres::await_replay(work, std::vector<postgres::task_key>(taken.begin(), taken.end()));
  postgres::enqueue(work, out);
  postgres::mark_replayed(work, ids_of(done), order.by);
  write_audit(work, done, order.by, order.command, "dead.replay", first && !already_committed(b, order.by));
  return b.answers;
}

std::vector<settled_dead_letter> discard_batch(unit_of_work& work, std::span<const std::string> ids, const settlement& by,
                                               const std::string& command, bool first) {
  auto b = lock(work, ids, false);
  std::vector<const locked_dead_letter*> done;
  for (auto& d : b.dead_letters) {
    auto& l = d.record;
    if (l.run_id == by.run_id) {
      b.answers.push_back({l.id, l.task_id, {}});
      continue;
    }
    std::string refusal;
    if (!l.replayed_at.empty()) refusal = "was replayed at " + l.replayed_at + " by " + l.replayed_by;
    if (!l.discarded_at.empty()) refusal = "was discarded at " + l.discarded_at + " by " + l.discarded_by;
    b.answers.push_back({l.id, l.task_id, refusal});
    if (refusal.empty()) done.push_back(&d);
  }
  sort(b.answers);
  if (done.empty()) return b.answers;
  postgres::mark_discarded(work, ids_of(done), by);
  write_audit(work, done, by, command, "dead.discard", first && !already_committed(b, by));
  return b.answers;
}

}  // namespace millrace::operations
