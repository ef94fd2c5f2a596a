#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::monitoring {

struct family;
struct family_registry;

using seconds = std::chrono::duration<double>;

/// All metrics of a node. A family is declared in the *_metrics.cpp file of its subject, beside the function that records it
/// (declared below); docs/metrics.md and the golden file of the tests are generated from the declarations.
/// Thread-safe and cheap enough for the hot path: label lookups are cached. Label values come from closed sets only (queue
/// names, known task types or "unknown", outcomes), never ids or tenants.
class metrics {
 public:
  metrics();
  ~metrics();

  // -- tasks: {queue, type, outcome} with outcome one of succeeded, retry, snooze, dead, cancelled, expired
  void task_finished(std::string_view queue, std::string_view type, std::string_view outcome, std::size_t count = 1);
  void queue_wait(std::string_view queue, std::string_view type, seconds wait);      ///< publish to start
  void execution(std::string_view queue, std::string_view type, seconds duration);   ///< one execution (a batch: its share)
  void end_to_end(std::string_view queue, std::string_view type, seconds duration);  ///< publish to terminal commit
  /// `tasks` tasks of a type reached their final state, each with this attempt; the first attempt is 1.
  void ended_at_attempt(std::string_view queue, std::string_view type, std::uint32_t attempt, std::size_t tasks = 1);
  void dead_lettered(std::string_view queue, std::string_view reason, std::size_t count = 1);
  void redelivery_deduplicated(std::string_view queue, std::size_t count);
  void republished(std::string_view queue, std::size_t count);
  void in_flight(std::string_view queue, std::size_t deliveries);       ///< unsettled now
  void blocked(std::string_view queue, std::size_t deliveries);         ///< executed by another node
  void queue_limits(std::string_view queue, bool paused, double rate);  ///< deliveries a second, 0: no limit
  /// Publish or due time of the oldest unsettled task; none: no tasks. Its age is computed at each scrape.
  void oldest_task(std::string_view queue, std::optional<std::chrono::system_clock::time_point> since);
  void effect_response(std::string_view type, long status);  ///< SMTP reply code or HTTP status; 0: no response
  void circuit_breakers(std::string_view dependency, std::size_t open, std::size_t half_open);  ///< webhook, email
  void batch_committed(std::string_view queue, std::size_t tasks, seconds duration);

  // -- database pools: pool is "tasks" or "reports"
  void pool_size(std::string_view pool, std::size_t connections);
  void pool_in_use(std::string_view pool, std::size_t connections);
  void pool_waiting(std::string_view pool, std::size_t units);
  void database_failure(std::string_view pool, std::string_view failure_class);

  // -- connections: connection is "amqp_consume", "amqp_publish", "postgres_tasks", "postgres_reports" (by pool)
  void connection_up(std::string_view connection, bool up);
  void reconnected(std::string_view connection);
  void broker_blocked(bool blocked);
  /// `part` is "declared" or "consumed".
  void queue_up(std::string_view queue, std::string_view part, bool up);

  // -- actors and outbox
  void actor_restarted(std::string_view actor);
  void outbox_published(std::size_t rows);
  void outbox_publish_failed(std::string_view reason, std::size_t rows);  ///< unroutable, not_confirmed, no_answer
  void outbox_backlog(std::size_t due_rows, seconds lag, std::size_t later_rows);
  void audit_unsealed(std::size_t rows);
  void loop_lag(seconds wait);
  /// One thread at a time for each actor; none: unknown.
  void mailbox_lag(std::string_view actor, std::optional<seconds> wait);
  void mailbox_depth(std::string_view actor, std::optional<std::size_t> messages);

  // -- ledger: currency of an account, or "unknown"
  void transfers(std::string_view currency, std::size_t posted, std::size_t refused, double volume);  ///< minor units
  /// One thread at a time; none: unknown.
  void imbalanced_accounts(std::optional<std::size_t> accounts);

  // -- operator API: operation is a route's name or "none"
  void api_answered(std::string_view operation, int status, seconds duration);

  // -- HTTP listeners: listener is "monitoring" or "api"
  void connection_dropped(std::string_view listener, std::string_view reason);  ///< refused, replaced, timeout
  void listener_up(std::string_view listener, bool up);                         ///< answered its last probe

  // -- traces
  void spans_exported(std::size_t spans);
  void spans_dropped(std::string_view reason, std::size_t spans);  ///< buffer_full, collector

  // -- schedules, by name
  void scheduler_leads(bool leads);
  void leases_reissued(std::size_t tasks);
  void schedule_fired(std::string_view schedule, std::size_t fires, seconds late);  ///< `late`: of the last fire

  // -- isolation of tasks that crash a process
  void crash_record_full(std::size_t tasks);
  void quarantined_tasks(std::size_t tasks);
  void isolation_waiting(std::size_t deliveries);
  void isolated_task();
  void isolated_crash();

  /// The Prometheus text format (0.0.4).
  std::string expose() const;
  /// All families, those of the process included, in the order of docs/metrics.md.
  std::vector<family> families() const;

 private:
  struct task_families;
  struct dependency_families;
  struct node_families;
  static std::shared_ptr<task_families> make_task_families(family_registry& registry);
  static std::shared_ptr<dependency_families> make_dependency_families(family_registry& registry);
  static std::shared_ptr<node_families> make_node_families(family_registry& registry);
  void refresh_ages() const;

  std::unique_ptr<family_registry> registry_;
  std::shared_ptr<task_families> tasks_;
  std::shared_ptr<dependency_families> dependencies_;
  std::shared_ptr<node_families> node_;
};

}  // namespace millrace::monitoring
