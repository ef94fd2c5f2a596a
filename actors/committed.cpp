#include "actors/committed.hpp"

#include "monitoring/log.hpp"

namespace millrace {
namespace {

using monitoring::level;
using monitoring::seconds;

void settle(const inbound& i, settled& done) {
  // A body that was never taken is left to the broker, which moves the message on to the parking queue.
  if (i.key) (i.source.oversized ? done.reject : done.acknowledge).push_back(i.key);
}

void settle(const effect_ended& e, settled& done) {
  done.acknowledge.insert(done.acknowledge.end(), e.keys.begin(), e.keys.end());
}

const task& task_of(const commit_item& item) {
  auto* i = std::get_if<inbound>(&item);
  return i ? i->what : std::get<effect_ended>(item).what;
}

void write_log(const std::string& queue, const task& t, const commit_result::ending& e) {
  auto severity = e.terminal && !e.letter ? level::debug : e.letter ? level::warn : level::info;
  if (!monitoring::enabled(severity)) return;
  monitoring::log(severity,
                  e.letter     ? "task dead"
                  : e.terminal ? "task done"
                               : "task comes back",
                  {{"task_id", to_string(t.id)},
                   {"type", t.type},
                   {"tenant", t.tenant},
                   {"queue", queue},
                   {"outcome", e.outcome},
                   {"reason", e.letter ? to_string(*e.letter) : ""},
                   {"error", e.error},
                   {"correlation_id", t.correlation_id},
                   {"traceparent", t.traceparent}});
}

class telling {
 public:
  telling(node& shared, const std::string& queue) : shared_(shared), queue_(queue) {}

  void ended(const task& t, const commit_result::ending& e) {
    auto type = known(t.type);
    shared_.metrics.task_finished(queue_, type, e.outcome);
    if (e.letter) shared_.metrics.dead_lettered(queue_, to_string(*e.letter));
    if (e.terminal && t.published_at) shared_.metrics.end_to_end(queue_, type, now_ - *t.published_at);
    write_log(queue_, t, e);
  }
  void started(const task& t) {
    if (t.published_at) shared_.metrics.queue_wait(queue_, known(t.type), now_ - *t.published_at);
  }
  void executed(const task& t, std::chrono::nanoseconds took) { shared_.metrics.execution(queue_, known(t.type), took); }

 private:
  std::string_view known(const std::string& type) const {
    return shared_.handlers->find(type) ? std::string_view{type} : "unknown";
  }

  node& shared_;
  const std::string& queue_;
  wall_time now_ = std::chrono::system_clock::now();
};

/// The delivery is not executed here, or not now.
void leave_journal(node& shared, const inbound& i, bool ended) {
  if (!i.kept) return;
  effect_key key{i.what.tenant, i.what.id, i.what.generation};
  ended ? shared.journal.forget(key) : shared.journal.dismiss(key, i.kept);
}

/// Another node executes it. What came without a delivery is of no use here any more.
void keep_held(node& shared, const inbound& i, std::vector<inbound>& held) {
  leave_journal(shared, i, !i.key);
  if (!i.key) return;
  auto& again = held.emplace_back(i);
  if (!again.kept) own_memory(again);
  again.kept = nullptr;
  again.journal_entry = nullptr;
}

}  // namespace

after_commit_orders after_commit(node& shared, const std::string& queue, const std::vector<commit_item>& items,
                                 const commit_result& result, std::chrono::nanoseconds took) {
  after_commit_orders out;
  telling tell{shared, queue};
  shared.metrics.batch_committed(queue, items.size(), took);
  shared.metrics.redelivery_absorbed(queue, result.absorbed.size());
  enum class fate : std::uint8_t { ended, conflict, open };
  std::vector<fate> fates(items.size(), fate::ended);
  for (auto& e : result.effects) {
    fates[e.index] = fate::open;
    auto what = std::get<inbound>(items[e.index]);
    what.what.attempt = e.attempt;
    tell.started(what.what);
    out.effects.push_back({std::move(what), e.claim, e.leased});
  }
  for (auto index : result.held) {
    fates[index] = fate::open;
    keep_held(shared, std::get<inbound>(items[index]), out.held);
  }
  for (auto& e : result.endings) {
    tell.ended(task_of(items[e.index]), e);
    // What the rightful task of that id has under way is none of this one's business.
    if (e.letter == dead_reason::id_conflict) fates[e.index] = fate::conflict;
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (auto* e = std::get_if<effect_ended>(&items[i])) {
      // Also where the outcome was fenced off: then another node holds a delivery of its own, or the task has ended.
      shared.journal.forget({e->what.tenant, e->what.id, e->what.generation});
      tell.executed(e->what, e->took);
      settle(*e, out.done);
      out.effects_ended = true;
    } else if (fates[i] != fate::open) {
      auto& d = std::get<inbound>(items[i]);
      leave_journal(shared, d, fates[i] == fate::ended);
      if (!d.problem && !d.id_assigned) tell.executed(d.what, took / static_cast<long>(items.size())), tell.started(d.what);
      settle(d, out.done);
    }
  }
  return out;
}

}  // namespace millrace
