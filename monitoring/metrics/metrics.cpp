#include "monitoring/metrics/metrics.hpp"

#include "monitoring/metrics/labelled_family.hpp"
#include "monitoring/metrics/process_metrics.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <sstream>
#include <vector>

namespace millrace::monitoring {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;

struct metrics::state {
  prometheus::Registry registry;
  labelled<Counter> tasks{registry, families::tasks};
  labelled<Histogram> queue_wait{registry, families::queue_wait};
  labelled<Histogram> execution{registry, families::execution};
  labelled<Histogram> end_to_end{registry, families::end_to_end};
  labelled<Histogram> attempts{registry, families::attempts};
  labelled<Counter> dead_letters{registry, families::dead_letters};
  labelled<Counter> redeliveries{registry, families::redeliveries};
  labelled<Gauge> in_flight{registry, families::in_flight};
  labelled<Counter> leases_reissued{registry, families::leases_reissued};
  labelled<Gauge> held{registry, families::held};
  labelled<Gauge> queue_paused{registry, families::queue_paused};
  labelled<Gauge> queue_rate{registry, families::queue_rate};
  labelled<Counter> api_requests{registry, families::api_requests};
  labelled<Histogram> api_duration{registry, families::api_duration};
  labelled<Gauge> oldest_task_age{registry, families::oldest_task_age};
  std::mutex oldest_mutex;
  std::map<std::string, std::optional<std::chrono::system_clock::time_point>, std::less<>> oldest;  // guarded by it
  labelled<Counter> effect_answers{registry, families::effect_answers};
  labelled<Histogram> batch_size{registry, families::batch_size};
  labelled<Histogram> batch_commit{registry, families::batch_commit};
  labelled<Gauge> pool_connections{registry, families::pool_connections};
  labelled<Gauge> pool_in_use{registry, families::pool_in_use};
  labelled<Gauge> pool_waiting{registry, families::pool_waiting};
  labelled<Counter> database_failures{registry, families::database_failures};
  labelled<Gauge> connection_up{registry, families::connection_up};
  labelled<Counter> reconnects{registry, families::reconnects};
  labelled<Gauge> broker_blocked{registry, families::broker_blocked};
  labelled<Counter> actor_restarts{registry, families::actor_restarts};
  labelled<Counter> outbox_published{registry, families::outbox_published};
  labelled<Counter> outbox_unpublished{registry, families::outbox_unpublished};
  labelled<Gauge> outbox_due{registry, families::outbox_due};
  labelled<Gauge> outbox_lag{registry, families::outbox_lag};
  labelled<Gauge> scheduled_tasks{registry, families::scheduled_tasks};
  labelled<Gauge> audit_unsealed{registry, families::audit_unsealed};
  labelled<Histogram> loop_lag{registry, families::loop_lag};
  labelled<Gauge> circuit_breakers{registry, families::circuit_breakers};
  labelled<Gauge> mailbox_lag{registry, families::mailbox_lag};
  labelled<Gauge> mailbox_depth{registry, families::mailbox_depth};
  labelled<Counter> transfers{registry, families::transfers};
  labelled<Counter> transfer_volume{registry, families::transfer_volume};
  labelled<Gauge> imbalanced_accounts{registry, families::imbalanced_accounts};
  labelled<Gauge> scheduler_leader{registry, families::scheduler_leader};
  labelled<Counter> schedule_fires{registry, families::schedule_fires};
  labelled<Histogram> schedule_lag{registry, families::schedule_lag};
  labelled<Counter> crash_record_full{registry, families::crash_record_full};
  labelled<Gauge> quarantined_tasks{registry, families::quarantined_tasks};
  labelled<Gauge> isolation_waiting{registry, families::isolation_waiting};
  labelled<Counter> isolated_tasks{registry, families::isolated_tasks};
  labelled<Counter> isolated_crashes{registry, families::isolated_crashes};
  labelled<Counter> spans_exported{registry, families::spans_exported};
  labelled<Counter> spans_dropped{registry, families::spans_dropped};
  labelled<Gauge> build_info{registry, families::build_info};
};

namespace {

double number(std::size_t count) { return static_cast<double>(count); }

/// A producer's clock may run ahead of ours; a negative time would make the sum of a histogram fall.
double positive(seconds duration) { return duration.count() > 0 ? duration.count() : 0; }

/// The same value of so many, under one lock.
void observe_each(Histogram& of, const std::vector<double>& bounds, double value, std::size_t count) {
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

metrics::metrics() : state_(std::make_unique<state>()) {
  state_->build_info.with({MILLRACE_VERSION}).Set(1);
  // Series without labels exist from the start: a rate over one that appears later misses its first step.
  state_->broker_blocked.with({}).Set(0);
  // Those to the broker are tried only once the database is there.
  for (const auto* connection : {"postgres_tasks", "postgres_reports"}) connection_up(connection, false);
  state_->outbox_published.with({});
  state_->spans_exported.with({});
  for (const auto* why : {"buffer_full", "collector"}) state_->spans_dropped.with({why});
  state_->scheduler_leader.with({}).Set(0);
  state_->schedule_lag.with({});
  state_->crash_record_full.with({});
  state_->quarantined_tasks.with({}).Set(0);
  state_->isolation_waiting.with({}).Set(0);
  state_->isolated_tasks.with({});
  state_->isolated_crashes.with({});
}

metrics::~metrics() = default;

void metrics::task_finished(std::string_view queue, std::string_view type, std::string_view outcome, std::size_t count) {
  state_->tasks.with({queue, type, outcome}).Increment(number(count));
}
void metrics::queue_wait(std::string_view queue, std::string_view type, seconds wait) {
  state_->queue_wait.with({queue, type}).Observe(positive(wait));
}
void metrics::execution(std::string_view queue, std::string_view type, seconds duration) {
  state_->execution.with({queue, type}).Observe(positive(duration));
}
void metrics::end_to_end(std::string_view queue, std::string_view type, seconds duration) {
  state_->end_to_end.with({queue, type}).Observe(positive(duration));
}
void metrics::ended_at_attempt(std::string_view queue, std::string_view type, std::uint32_t attempt, std::size_t tasks) {
  observe_each(state_->attempts.with({queue, type}), families::attempts.buckets, attempt, tasks);
}
void metrics::dead_lettered(std::string_view queue, std::string_view reason, std::size_t count) {
  state_->dead_letters.with({queue, reason}).Increment(number(count));
}
void metrics::redelivery_absorbed(std::string_view queue, std::size_t count) {
  state_->redeliveries.with({queue}).Increment(number(count));
}
void metrics::queue_limits(std::string_view queue, bool paused, double rate) {
  state_->queue_paused.with({queue}).Set(paused ? 1 : 0);
  state_->queue_rate.with({queue}).Set(rate);
}
void metrics::api_answered(std::string_view operation, int status, seconds duration) {
  state_->api_requests.with({operation, std::to_string(status)}).Increment();
  state_->api_duration.with({operation}).Observe(positive(duration));
}
void metrics::blocked(std::string_view queue, std::size_t deliveries) { state_->held.with({queue}).Set(number(deliveries)); }

void metrics::in_flight(std::string_view queue, std::size_t deliveries) {
  state_->in_flight.with({queue}).Set(number(deliveries));
}
void metrics::oldest_task(std::string_view queue, std::optional<std::chrono::system_clock::time_point> since) {
  const std::lock_guard lock(state_->oldest_mutex);
  const auto known = state_->oldest.find(queue);
  if (known != state_->oldest.end())
    known->second = since;
  else
    state_->oldest.emplace(queue, since);
}
void metrics::effect_answered(std::string_view type, long status) {
  state_->effect_answers.with({type, class_of(status)}).Increment();
}
void metrics::batch_committed(std::string_view queue, std::size_t tasks, seconds duration) {
  state_->batch_size.with({queue}).Observe(number(tasks));
  state_->batch_commit.with({queue}).Observe(positive(duration));
}

void metrics::pool_size(std::string_view pool, std::size_t connections) {
  state_->pool_connections.with({pool}).Set(number(connections));
}
void metrics::pool_in_use(std::string_view pool, std::size_t connections) {
  state_->pool_in_use.with({pool}).Set(number(connections));
}
void metrics::pool_waiting(std::string_view pool, std::size_t units) {
  state_->pool_waiting.with({pool}).Set(number(units));
}
void metrics::database_failure(std::string_view pool, std::string_view failure_class) {
  state_->database_failures.with({pool, failure_class}).Increment();
}

void metrics::connection_up(std::string_view connection, bool up) {
  state_->connection_up.with({connection}).Set(up ? 1 : 0);
  state_->reconnects.with({connection});  // shows 0 before the first loss
}
void metrics::reconnected(std::string_view connection) { state_->reconnects.with({connection}).Increment(); }
void metrics::broker_blocked(bool blocked) { state_->broker_blocked.with({}).Set(blocked ? 1 : 0); }

void metrics::actor_restarted(std::string_view actor) { state_->actor_restarts.with({actor}).Increment(); }
void metrics::outbox_published(std::size_t rows) { state_->outbox_published.with({}).Increment(number(rows)); }
void metrics::outbox_unpublished(std::string_view why, std::size_t rows) {
  state_->outbox_unpublished.with({why}).Increment(number(rows));
}
void metrics::outbox_waits(std::size_t due_rows, seconds lag, std::size_t later_rows) {
  state_->outbox_due.with({}).Set(number(due_rows));
  state_->outbox_lag.with({}).Set(positive(lag));
  state_->scheduled_tasks.with({}).Set(number(later_rows));
}
void metrics::audit_unsealed(std::size_t rows) { state_->audit_unsealed.with({}).Set(number(rows)); }
void metrics::circuit_breakers(std::string_view dependency, std::size_t open, std::size_t half_open) {
  state_->circuit_breakers.with({dependency, "open"}).Set(static_cast<double>(open));
  state_->circuit_breakers.with({dependency, "half_open"}).Set(static_cast<double>(half_open));
}
void metrics::loop_lag(seconds wait) { state_->loop_lag.with({}).Observe(positive(wait)); }
void metrics::mailbox_lag(std::string_view actor, std::optional<seconds> wait) {
  if (wait)
    state_->mailbox_lag.with({actor}).Set(positive(*wait));
  else
    state_->mailbox_lag.remove({actor});
}
void metrics::mailbox_depth(std::string_view actor, std::optional<std::size_t> messages) {
  if (messages)
    state_->mailbox_depth.with({actor}).Set(number(*messages));
  else
    state_->mailbox_depth.remove({actor});
}

void metrics::transfers(std::string_view currency, std::size_t posted, std::size_t refused, double volume) {
  state_->transfers.with({currency, "posted"}).Increment(number(posted));
  state_->transfers.with({currency, "refused"}).Increment(number(refused));
  state_->transfer_volume.with({currency}).Increment(volume);
}
void metrics::imbalanced_accounts(std::optional<std::size_t> accounts) {
  if (accounts)
    state_->imbalanced_accounts.with({}).Set(number(*accounts));
  else
    state_->imbalanced_accounts.remove({});
}

void metrics::spans_exported(std::size_t spans) { state_->spans_exported.with({}).Increment(number(spans)); }
void metrics::spans_dropped(std::string_view why, std::size_t spans) {
  state_->spans_dropped.with({why}).Increment(number(spans));
}
void metrics::leases_reissued(std::size_t tasks) { state_->leases_reissued.with({}).Increment(number(tasks)); }
void metrics::scheduler_leads(bool leads) { state_->scheduler_leader.with({}).Set(leads ? 1 : 0); }
void metrics::schedule_fired(std::string_view schedule, std::size_t fires, seconds late) {
  state_->schedule_fires.with({schedule}).Increment(number(fires));
  if (fires > 0) state_->schedule_lag.with({}).Observe(positive(late));
}

void metrics::crash_record_full(std::size_t tasks) { state_->crash_record_full.with({}).Increment(number(tasks)); }
void metrics::quarantined_tasks(std::size_t tasks) { state_->quarantined_tasks.with({}).Set(number(tasks)); }
void metrics::isolation_waiting(std::size_t deliveries) { state_->isolation_waiting.with({}).Set(number(deliveries)); }
void metrics::isolated_task() { state_->isolated_tasks.with({}).Increment(); }
void metrics::isolated_crash() { state_->isolated_crashes.with({}).Increment(); }

std::string metrics::expose() const {
  {
    const std::lock_guard lock(state_->oldest_mutex);
    const auto now = std::chrono::system_clock::now();
    for (const auto& [queue, since] : state_->oldest)
      state_->oldest_task_age.with({queue}).Set(since ? positive(now - *since) : 0);
  }
  auto collected = state_->registry.Collect();
  std::ranges::move(process_metrics(), std::back_inserter(collected));
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, collected);
  return std::move(out).str();
}

}  // namespace millrace::monitoring
