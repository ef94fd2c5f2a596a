#include "actors/committed.hpp"

#include "actors/task_spans.hpp"
#include "monitoring/log.hpp"
#include "monitoring/log_sampler.hpp"

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

/// What ended well, what died and what comes back: of each up to so many lines a second; at level debug all of it.
constexpr std::uint32_t lines_a_second = 100;
monitoring::log_sampler& sampler_of(const commit_result::ending& e) {
  static monitoring::log_sampler well{lines_a_second}, dead{lines_a_second}, back{lines_a_second};
  return e.letter ? dead : e.terminal ? well : back;
}

std::string_view trace_id_of(const task& t) {
  return t.traceparent.size() < 35 ? "" : std::string_view{t.traceparent}.substr(3, 32);
}

void write_log(const std::string& queue, const task& t, const commit_result::ending& e, seconds took, bool redacted) {
  auto severity = e.letter ? level::warn : level::info;
  if (!monitoring::enabled(severity)) return;
  std::optional<std::uint64_t> left_out = 0;
  if (!monitoring::enabled(level::debug)) left_out = sampler_of(e).admit(std::chrono::steady_clock::now());
  if (!left_out) return;
  monitoring::log(severity,
                  e.letter     ? "task dead"
                  : e.terminal ? "task done"
                               : "task comes back",
                  {{"task_id", to_string(t.id)},
                   {"type", t.type},
                   {"tenant", t.tenant},
                   {"queue", queue},
                   {"outcome", e.outcome},
                   {"attempt", e.attempt},
                   {"seconds", took.count()},
                   {"reason", e.letter ? to_string(*e.letter) : ""},
                   {"error", redacted ? "(redacted)" : e.error},
                   {"correlation_id", t.correlation_id},
                   {"trace_id", trace_id_of(t)},
                   {"left_out", *left_out}});
}

class telling {
 public:
  telling(node& shared, const std::string& queue) : shared_(shared), queue_(queue) {}

  void ended(const task& t, const commit_result::ending& e, std::chrono::nanoseconds took) {
    auto type = known(t.type);
    shared_.metrics.task_finished(queue_, type, e.outcome);
    if (e.letter) shared_.metrics.dead_lettered(queue_, to_string(*e.letter));
    if (e.terminal && t.published_at) shared_.metrics.end_to_end(queue_, type, now_ - *t.published_at);
    auto* type_known = shared_.handlers->find(t.type);
    write_log(queue_, t, e, took, !e.error.empty() && type_known && type_known->policy.redact);
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

effect_key journal_key(const task& t) { return {t.tenant, t.id, t.generation}; }

/// The task has ended, or waits for another generation.
void over(node& shared, const inbound& i) {
  if (i.kept) shared.journal.forget(journal_key(i.what));
}

/// This delivery is not executed here; another one of that id may be.
void not_here(node& shared, const inbound& i) {
  if (!i.kept) return;
  i.claimed_before ? shared.journal.surrender(journal_key(i.what)) : shared.journal.dismiss(journal_key(i.what), i.kept);
}

void count_again(const inbound& i, std::vector<inbound>& later) {
  auto& again = later.emplace_back(i);
  if (!again.kept) own_memory(again);
  again.journal_entry = nullptr;
}

/// Another process executes it. What this one had claimed before is that one's now, and has no delivery of its own to keep.
void keep_held(node& shared, const inbound& i, std::vector<inbound>& later) {
  not_here(shared, i);
  if (!i.key) return;
  count_again(i, later);
  auto& again = later.back();
  again.kept = nullptr;
  again.claimed_before = false;
  if (!again.held_since) again.held_since = std::chrono::system_clock::now();
}

}  // namespace

after_commit_orders after_commit(node& shared, const std::string& queue, const std::vector<commit_item>& items,
                                 const commit_result& result, std::chrono::nanoseconds took, std::uint64_t presence_epoch) {
  after_commit_orders out;
  telling tell{shared, queue};
  const auto share = took / static_cast<long>(items.size());  // of each task that was executed in the transaction
  shared.metrics.batch_committed(queue, items.size(), took);
  shared.metrics.redelivery_absorbed(queue, result.absorbed.size() + result.elsewhere.size());
  for (auto& count : result.counts) count(shared.metrics);
  enum class fate : std::uint8_t { over, not_here, open };
  std::vector<fate> fates(items.size(), fate::over);
  for (auto& e : result.effects) {
    fates[e.index] = fate::open;
    auto what = *delivery_in(items[e.index]);
    what.what.attempt = e.attempt;
    tell.started(what.what);
    out.effects.push_back({std::move(what), e.claim, e.leased, presence_epoch});
  }
  for (auto index : result.postponed) fates[index] = fate::open, count_again(*delivery_in(items[index]), out.held);
  for (auto index : result.held) fates[index] = fate::open, keep_held(shared, *delivery_in(items[index]), out.held);
  for (auto index : result.elsewhere) fates[index] = fate::not_here;
  for (auto& e : result.endings) {
    auto* effect = effect_in(items[e.index]);
    tell.ended(task_of(items[e.index]), e, effect ? effect->took : share);
    // What the rightful task of that id has under way is none of this one's business.
    if (e.letter == dead_reason::id_conflict) fates[e.index] = fate::not_here;
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (auto* e = effect_in(items[i])) {
      // Also where the outcome was fenced off: then another node holds a delivery of its own, or the task has ended.
      shared.journal.forget(journal_key(e->what));
      tell.executed(e->what, e->took);
      settle(*e, out.done);
      out.effects_ended = true;
    } else if (fates[i] != fate::open) {
      auto& d = *delivery_in(items[i]);
      fates[i] == fate::over ? over(shared, d) : not_here(shared, d);
      if (!d.problem && !d.id_assigned) tell.executed(d.what, share), tell.started(d.what);
      settle(d, out.done);
    }
  }
  if (shared.spans) trace_commit(shared, queue, items, result, took);
  return out;
}

}  // namespace millrace
