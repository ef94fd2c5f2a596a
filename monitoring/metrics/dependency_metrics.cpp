// Metrics of what a node depends on: database pools, connections, outbox, mail relay and webhook receivers, collector.
#include "monitoring/metrics/instruments.hpp"

namespace millrace::monitoring {

struct metrics::dependency_families {
  explicit dependency_families(family_registry& r) : registry(r) {}

  family_registry& registry;

  gauge pool_connections{registry, "millrace_pool_connections", {"pool"}, "Open connections of a database pool."};
  gauge pool_in_use{registry, "millrace_pool_in_use", {"pool"}, "Connections of a database pool that are in use."};
  gauge pool_waiting{
      registry, "millrace_pool_waiting", {"pool"}, "Units of work that wait for a connection of a database pool."};
  counter database_failures{
      registry,
      "millrace_database_failures_total",
      {"pool", "class"},
      "Failed units of work by the reaction to their SQLSTATE: retry, in doubt, pause, isolate, stop."};
  gauge connection_up{registry, "millrace_connection_up", {"connection"}, "1 if the connection is usable, else 0."};
  counter reconnects{registry, "millrace_reconnects_total", {"connection"}, "Connections re-established after a loss."};
  gauge broker_blocked{
      registry, "millrace_broker_blocked", {}, "1 if the broker blocks publishes for lack of memory or disk, else 0."};
  gauge queue_up{registry,
                 "millrace_queue_up",
                 {"queue", "part"},
                 "1 if the part is in place, else 0: declared (the queue exists with its arguments and bindings), consumed"
                 " (its consumer is registered, or it is paused)."};
  counter outbox_published{registry, "millrace_outbox_published_total", {}, "Outbox rows published, confirmed and deleted."};
  counter outbox_failures{
      registry,
      "millrace_outbox_publish_failures_total",
      {"reason"},
      "Failed publishes of outbox rows, each retried: unroutable (no queue is bound to the routing key; the"
      " delay grows from 2 s to 5 min), reply_unroutable (the same for a result), not_confirmed (refused,"
      " or the connection was lost), no_answer. Not retried: reply_dropped."};
  gauge outbox_due{
      registry, "millrace_outbox_due_rows", {}, "Due outbox rows, counted up to 10,000; equal on all nodes of a database."};
  gauge outbox_lag{
      registry, "millrace_outbox_lag_seconds", {}, "Time since the oldest due outbox row became due; 0 without due rows."};
  gauge scheduled_tasks{registry,
                        "millrace_scheduled_tasks",
                        {},
                        "Outbox rows not yet due (delayed tasks, retries), counted up to 10,000; equal on all nodes of a"
                        " database."};
  gauge audit_unsealed{registry,
                       "millrace_audit_unsealed_rows",
                       {},
                       "Unsealed rows of the audit log, counted up to 10,000; equal on all nodes of a database."};
  gauge circuit_breakers{registry,
                         "millrace_circuit_breakers",
                         {"dependency", "state"},
                         "Webhook hosts and mail relays whose circuit breaker is open or half_open."};
  counter spans_exported{registry, "millrace_spans_exported_total", {}, "Spans accepted by the collector."};
  counter spans_dropped{registry,
                        "millrace_spans_dropped_total",
                        {"reason"},
                        "Spans lost: buffer_full (produced faster than exported), collector (not accepted)."};
};

std::shared_ptr<metrics::dependency_families> metrics::make_dependency_families(family_registry& registry) {
  auto made = std::make_shared<dependency_families>(registry);
  made->broker_blocked.with({}).Set(0);
  for (const auto* reason : {"buffer_full", "collector"}) made->spans_dropped.with({reason});
  return made;
}

void metrics::pool_size(std::string_view pool, std::size_t connections) {
  dependencies_->pool_connections.with({pool}).Set(number(connections));
}
void metrics::pool_in_use(std::string_view pool, std::size_t connections) {
  dependencies_->pool_in_use.with({pool}).Set(number(connections));
}
void metrics::pool_waiting(std::string_view pool, std::size_t units) {
  dependencies_->pool_waiting.with({pool}).Set(number(units));
}
void metrics::database_failure(std::string_view pool, std::string_view failure_class) {
  dependencies_->database_failures.with({pool, failure_class}).Increment();
}

void metrics::connection_up(std::string_view connection, bool up) {
  dependencies_->connection_up.with({connection}).Set(up ? 1 : 0);
  dependencies_->reconnects.with({connection});  // shows 0 before the first loss
}
void metrics::reconnected(std::string_view connection) { dependencies_->reconnects.with({connection}).Increment(); }
void metrics::broker_blocked(bool blocked) { dependencies_->broker_blocked.with({}).Set(blocked ? 1 : 0); }

void metrics::queue_up(std::string_view queue, std::string_view part, bool up) {
  dependencies_->queue_up.with({queue, part}).Set(up ? 1 : 0);
}

void metrics::outbox_published(std::size_t rows) { dependencies_->outbox_published.with({}).Increment(number(rows)); }
void metrics::outbox_publish_failed(std::string_view reason, std::size_t rows) {
  dependencies_->outbox_failures.with({reason}).Increment(number(rows));
}
void metrics::outbox_backlog(std::size_t due_rows, seconds lag, std::size_t later_rows) {
  dependencies_->outbox_due.with({}).Set(number(due_rows));
  dependencies_->outbox_lag.with({}).Set(positive(lag));
  dependencies_->scheduled_tasks.with({}).Set(number(later_rows));
}
void metrics::audit_unsealed(std::size_t rows) { dependencies_->audit_unsealed.with({}).Set(number(rows)); }
void metrics::circuit_breakers(std::string_view dependency, std::size_t open, std::size_t half_open) {
  dependencies_->circuit_breakers.with({dependency, "open"}).Set(number(open));
  dependencies_->circuit_breakers.with({dependency, "half_open"}).Set(number(half_open));
}

void metrics::spans_exported(std::size_t spans) { dependencies_->spans_exported.with({}).Increment(number(spans)); }
void metrics::spans_dropped(std::string_view reason, std::size_t spans) {
  dependencies_->spans_dropped.with({reason}).Increment(number(spans));
}

}  // namespace millrace::monitoring
