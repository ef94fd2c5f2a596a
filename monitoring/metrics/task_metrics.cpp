// Metrics of queues, tasks and batches.
#include "monitoring/metrics/instruments.hpp"

#include <algorithm>
#include <map>
#include <mutex>

namespace millrace::monitoring {

struct metrics::task_families {
  explicit task_families(family_registry& r) : registry(r) {}

  family_registry& registry;

  counter tasks{
      registry,
      "millrace_tasks_total",
      {"queue", "type", "outcome"},
      "Finished executions by outcome: succeeded, retry, snooze, dead, cancelled, expired. The series succeeded, retry"
      " and dead of the types bound to a queue, and dead of type unknown, exist from the start; others appear with"
      " their first task."};
  histogram queue_wait{
      registry,
      "millrace_task_queue_wait_seconds",
      {"queue", "type"},
      "Wait of a task before execution: since its publish or due time; for further attempts and replays since"
      " their delivery. Only tasks published with a timestamp.",
      buckets::waits};
  histogram execution{registry,
                      "millrace_task_execution_seconds",
                      {"queue", "type"},
                      "Duration of one execution; a task of a batch counts with its share.",
                      buckets::durations};
  histogram end_to_end{registry,
                       "millrace_task_end_to_end_seconds",
                       {"queue", "type"},
                       "Time from the publish of a task to the commit of its final state.",
                       buckets::waits};
  histogram attempts{registry,
                     "millrace_task_attempts",
                     {"queue", "type"},
                     "Attempts used by an executed task until its final state, whether it succeeded or failed.",
                     buckets::attempts};
  counter dead_letters{registry, "millrace_dead_letters_total", {"queue", "reason"}, "Tasks dead-lettered, by reason."};
  counter redeliveries{registry,
                       "millrace_redeliveries_deduplicated_total",
                       {"queue"},
                       "Redeliveries of tasks that were already finished; they had no second effect."};
  counter republished{registry,
                      "millrace_tasks_republished_total",
                      {"queue"},
                      "Tasks published again because the broker had returned them often, or had found no queue for them."};
  gauge in_flight{registry, "millrace_deliveries_in_flight", {"queue"}, "Deliveries received and not yet settled."};
  gauge blocked{registry,
                "millrace_deliveries_blocked",
                {"queue"},
                "Deliveries that wait because another node is executing the same task."};
  gauge queue_paused{registry, "millrace_queue_paused", {"queue"}, "1 if the queue is paused on this node, else 0."};
  gauge queue_rate{registry,
                   "millrace_queue_rate_limit",
                   {"queue"},
                   "Rate limit of the queue on this node in deliveries per second; 0: no limit."};
  gauge oldest_task_age{
      registry,
      "millrace_oldest_task_age_seconds",
      {"queue"},
      "Age of the oldest unsettled task on this node, since its publish or since it was rescheduled; 0 without"
      " tasks."};
  std::mutex oldest_mutex;
  std::map<std::string, std::optional<std::chrono::system_clock::time_point>, std::less<>> oldest;  // guarded by it
  counter effect_responses{registry,
                           "millrace_effect_responses_total",
                           {"type", "response"},
                           "Responses of mail relays and webhook receivers by class: 2xx, 3xx, 4xx, 5xx, other, none."};
  histogram batch_size{registry, "millrace_batch_size", {"queue"}, "Tasks committed by one transaction.", buckets::sizes};
  histogram batch_commit{registry,
                         "millrace_batch_commit_seconds",
                         {"queue"},
                         "Duration of one batch transaction, from BEGIN to the end of COMMIT.",
                         buckets::durations};
};

std::shared_ptr<metrics::task_families> metrics::make_task_families(family_registry& registry) {
  return std::make_shared<task_families>(registry);
}

namespace {

/// Observes one value `count` times under one lock.
void observe_each(prometheus::Histogram& of, const std::vector<double>& bounds, double value, std::size_t count) {
  if (count == 1) return of.Observe(value);
  std::vector<double> by_bucket(bounds.size() + 1);
  by_bucket[static_cast<std::size_t>(std::ranges::lower_bound(bounds, value) - bounds.begin())] = number(count);
  of.ObserveMultiple(by_bucket, value * number(count));
}

std::string_view class_of(long status) {
  constexpr std::string_view classes[] = {"none", "other", "2xx", "3xx", "4xx", "5xx"};
  if (status == 0) return classes[0];
  return status >= 200 && status < 600 ? classes[status / 100] : classes[1];
}

}  // namespace

void metrics::task_finished(std::string_view queue, std::string_view type, std::string_view outcome, std::size_t count) {
  tasks_->tasks.with({queue, type, outcome}).Increment(number(count));
}
void metrics::queue_wait(std::string_view queue, std::string_view type, seconds wait) {
  tasks_->queue_wait.with({queue, type}).Observe(positive(wait));
}
void metrics::execution(std::string_view queue, std::string_view type, seconds duration) {
  tasks_->execution.with({queue, type}).Observe(positive(duration));
}
void metrics::end_to_end(std::string_view queue, std::string_view type, seconds duration) {
  tasks_->end_to_end.with({queue, type}).Observe(positive(duration));
}
void metrics::ended_at_attempt(std::string_view queue, std::string_view type, std::uint32_t attempt, std::size_t tasks) {
  auto& attempts = tasks_->attempts;
  observe_each(attempts.with({queue, type}), attempts.declaration().buckets, attempt, tasks);
}
void metrics::dead_lettered(std::string_view queue, std::string_view reason, std::size_t count) {
  tasks_->dead_letters.with({queue, reason}).Increment(number(count));
}
void metrics::republished(std::string_view queue, std::size_t count) {
  tasks_->republished.with({queue}).Increment(number(count));
}
void metrics::redelivery_deduplicated(std::string_view queue, std::size_t count) {
  tasks_->redeliveries.with({queue}).Increment(number(count));
}
void metrics::queue_limits(std::string_view queue, bool paused, double rate) {
  tasks_->queue_paused.with({queue}).Set(paused ? 1 : 0);
  tasks_->queue_rate.with({queue}).Set(rate);
}
void metrics::in_flight(std::string_view queue, std::size_t deliveries) {
  tasks_->in_flight.with({queue}).Set(number(deliveries));
}
void metrics::blocked(std::string_view queue, std::size_t deliveries) {
  tasks_->blocked.with({queue}).Set(number(deliveries));
}
void metrics::oldest_task(std::string_view queue, std::optional<std::chrono::system_clock::time_point> since) {
  const std::lock_guard lock(tasks_->oldest_mutex);
  const auto known = tasks_->oldest.find(queue);
  if (known != tasks_->oldest.end())
    known->second = since;
  else
    tasks_->oldest.emplace(queue, since);
}
void metrics::refresh_ages() const {
  const std::lock_guard lock(tasks_->oldest_mutex);
  const auto now = std::chrono::system_clock::now();
  for (const auto& [queue, since] : tasks_->oldest)
    tasks_->oldest_task_age.with({queue}).Set(since ? positive(now - *since) : 0);
}
void metrics::effect_response(std::string_view type, long status) {
  tasks_->effect_responses.with({type, class_of(status)}).Increment();
}
void metrics::batch_committed(std::string_view queue, std::size_t tasks, seconds duration) {
  tasks_->batch_size.with({queue}).Observe(number(tasks));
  tasks_->batch_commit.with({queue}).Observe(positive(duration));
}

}  // namespace millrace::monitoring
