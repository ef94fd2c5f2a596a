#include "actors/pipeline/commit_telemetry.hpp"

#include "actors/pipeline/task_spans.hpp"
#include "monitoring/log/log.hpp"
#include "monitoring/log/log_sampler.hpp"

#include <algorithm>

namespace millrace::actors {
namespace {

using monitoring::level;
using monitoring::seconds;

/// Log lines per second for each of: success, dead, retry. Not limited at level debug.
constexpr std::uint32_t lines_a_second = 100;
monitoring::log_sampler& sampler_of(const commit_result::ending& e) {
  static monitoring::log_sampler done{lines_a_second}, dead{lines_a_second}, retried{lines_a_second};
  return e.reason ? dead : e.terminal ? done : retried;
}

void write_log(const node_context& shared, const std::string& queue, const task& t, const commit_result::ending& e,
               seconds took) {
  auto severity = e.reason ? level::warn : level::info;
  if (!monitoring::enabled(severity)) return;
  std::optional<std::uint64_t> omitted = 0;
  if (!monitoring::enabled(level::debug)) omitted = sampler_of(e).admit(std::chrono::steady_clock::now());
  if (!omitted) return;
  monitoring::log(severity,
                  e.reason     ? "task dead"
                  : e.terminal ? "task done"
                               : "task rescheduled",
                  {{"task_id", to_string(t.id)},
                   {"type", t.type},
                   {"tenant", t.tenant},
                   {"queue", queue},
                   {"outcome", e.outcome},
                   {"attempt", e.attempt},
                   {"seconds", took.count()},
                   {"reason", e.reason ? to_string(*e.reason) : ""},
                   {"error", shown_error(shared, t, e.error)},
                   {"correlation_id", t.correlation_id},
                   {"trace_id", trace_id_of(shared, t)},
                   {"omitted", *omitted}});
}

class commit_report {
 public:
  commit_report(node_context& shared, const std::string& queue) : shared_(shared), queue_(queue) {}

  void ended(const task& t, const commit_result::ending& e, std::chrono::nanoseconds took) {
    auto type = type_label(t.type);
    shared_.metrics.task_finished(queue_, type, e.outcome);
    if (e.reason) shared_.metrics.dead_lettered(queue_, to_string(*e.reason));
    if (e.terminal && t.published_at) shared_.metrics.end_to_end(queue_, type, now_ - *t.published_at);
    if (e.terminal && e.attempt > 0) add_attempt(type, e.attempt);
    write_log(shared_, queue_, t, e, took);
  }
  void all_ended() const {
    for (auto& [type, attempt, tasks] : attempts_) shared_.metrics.ended_at_attempt(queue_, type, attempt, tasks);
  }
  void started(const task& t) {
    if (t.published_at) shared_.metrics.queue_wait(queue_, type_label(t.type), now_ - waiting_since(t));
  }
  void executed(const task& t, std::chrono::nanoseconds took) {
    shared_.metrics.execution(queue_, type_label(t.type), took);
  }

 private:
  struct attempts {
    std::string_view type;
    std::uint32_t attempt;
    std::size_t tasks;
  };

  /// Most tasks of a batch end at their first attempt and belong to few types, so the metric is updated once per group.
  void add_attempt(std::string_view type, std::uint32_t attempt) {
    auto same = [&](auto& a) { return a.attempt == attempt && a.type == type; };
    auto found = std::ranges::find_if(attempts_, same);
    if (found == attempts_.end()) found = attempts_.insert(found, {type, attempt, 0});
    ++found->tasks;
  }

  std::string_view type_label(const std::string& type) const {
    return shared_.handlers->find(type) ? std::string_view{type} : "unknown";
  }

  node_context& shared_;
  const std::string& queue_;
  wall_time now_ = std::chrono::system_clock::now();
  std::vector<attempts> attempts_;
};

/// Deliveries that stay open after the commit: claimed for the effect executor, or to be recorded again.
std::vector<bool> left_open(std::size_t items, const commit_result& result) {
  std::vector<bool> open(items);
  for (auto& e : result.claimed) open[e.index] = true;
  for (auto index : result.deferred) open[index] = true;
  for (auto index : result.blocked) open[index] = true;
  return open;
}

}  // namespace

void report_commit(node_context& shared, const std::string& queue, const std::vector<commit_item>& items,
                   const commit_result& result, std::chrono::nanoseconds took) {
  commit_report report{shared, queue};
  const auto share = took / static_cast<long>(items.size());  // of each task executed in the transaction
  shared.metrics.batch_committed(queue, items.size(), took);
  shared.metrics.redelivery_deduplicated(queue, result.duplicates.size() + result.handed_off.size());
  if (!result.republished.empty()) {
    shared.metrics.republished(queue, result.republished.size());
    monitoring::log(level::warn, "tasks returned by the broker or unrouted; publishing them again",
                    {{"queue", queue},
                     {"tasks", std::uint64_t{result.republished.size()}},
                     {"task_id", to_string(task_of(items[result.republished.front()]).id)}});
  }
  for (auto& count : result.counts) count(shared.metrics);
  for (auto& e : result.claimed) report.started(task_of(items[e.index]));
  for (auto& e : result.endings) {
    auto* effect = effect_in(items[e.index]);
    report.ended(task_of(items[e.index]), e, effect ? effect->took : share);
  }
  report.all_ended();
  auto open = left_open(items.size(), result);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (auto* e = effect_in(items[i])) {
      report.executed(e->what, e->took);
    } else if (auto* d = delivery_in(items[i]); !open[i] && !d->problem && !d->id_assigned) {
      report.executed(d->what, share);
      report.started(d->what);
    }
  }
  if (shared.spans) trace_commit(shared, queue, items, result, took);
}

}  // namespace millrace::actors
