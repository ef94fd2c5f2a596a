#include "monitoring/metrics/families.hpp"

namespace millrace::monitoring {

namespace families {

namespace {

/// A backlog can make waits of hours, a commit takes a millisecond: one set of bounds has to tell both apart.
const std::vector<double> waits{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,  0.5,
                                1,     2.5,    5,     10,   30,    60,   300, 1'800, 7'200};
const std::vector<double> durations{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                    0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30,    60};
/// Types give up after 5 to 12 attempts unless they are told otherwise, at most after 1,000.
const std::vector<double> tries{1, 2, 3, 5, 8, 13, 20};
const std::vector<double> sizes{1, 2, 5, 10, 20, 50, 100, 200, 500, 1'000, 2'000, 5'000};

constexpr auto counter = metric_type::counter;
constexpr auto gauge = metric_type::gauge;
constexpr auto histogram = metric_type::histogram;

}  // namespace

const family tasks{
    "millrace_tasks_total",
    counter,
    {"queue", "type", "outcome"},
    "Executions that ended, by outcome: succeeded, retry, snooze, dead, cancelled, expired. Succeeded, retry and dead of the"
    " types that a queue is bound to are there from the start, and dead of unknown types; others from their"
    " first task on."};
const family queue_wait{
    "millrace_task_queue_wait_seconds",
    histogram,
    {"queue", "type"},
    "Time that a task waited for its execution: since it was published or due, of a further attempt or a replay since its"
    " delivery. Only of those whose publish has a time.",
    waits};
const family execution{"millrace_task_execution_seconds",
                       histogram,
                       {"queue", "type"},
                       "Time of one execution; a task of a batch counts with its share.",
                       durations};
const family end_to_end{"millrace_task_end_to_end_seconds",
                        histogram,
                        {"queue", "type"},
                        "Time from the publish of a task to the commit of its terminal state.",
                        waits};
const family attempts{"millrace_task_attempts",
                      histogram,
                      {"queue", "type"},
                      "Attempts after which a task that was executed ended for good, whether well or not.",
                      tries};
const family dead_letters{
    "millrace_dead_letters_total", counter, {"queue", "reason"}, "Tasks that became a dead letter, by reason."};
const family redeliveries{"millrace_redeliveries_absorbed_total",
                          counter,
                          {"queue"},
                          "Deliveries of a task that was done already and had no second effect."};
const family held{"millrace_deliveries_blocked",
                  gauge,
                  {"queue"},
                  "Deliveries that wait for another node, which has their task under way."};
const family queue_paused{
    "millrace_queue_paused", gauge, {"queue"}, "1 while an operator has paused the queue, as this node applies it, else 0."};
const family queue_rate{
    "millrace_queue_rate_limit", gauge, {"queue"}, "Deliveries a second that this node takes at most; 0: no limit."};
const family api_requests{"millrace_api_requests_total",
                          counter,
                          {"operation", "status"},
                          "Requests to the operator API by operation and status; unknown paths count as operation none."};
const family api_duration{
    "millrace_api_request_seconds", histogram, {"operation"}, "Time of one request to the operator API.", durations};
const family in_flight{"millrace_deliveries_in_flight", gauge, {"queue"}, "Deliveries received and not yet settled."};
const family oldest_task_age{
    "millrace_oldest_task_age_seconds",
    gauge,
    {"queue"},
    "How long the oldest task that this node has in hand has waited at most, since its publish or since"
    " it came back; 0 without tasks."};
const family effect_answers{"millrace_effect_answers_total",
                            counter,
                            {"type", "answer"},
                            "Answers of mail relays and webhook receivers, by class: 2xx, 3xx, 4xx, 5xx, other, none."};
const family batch_size{"millrace_batch_size", histogram, {"queue"}, "Tasks committed by one transaction.", sizes};
const family batch_commit{"millrace_batch_commit_seconds",
                          histogram,
                          {"queue"},
                          "Time of one batch transaction, from its begin to the end of its commit.",
                          durations};

const family pool_connections{"millrace_pool_connections", gauge, {"pool"}, "Open connections of a database pool."};
const family pool_in_use{"millrace_pool_in_use", gauge, {"pool"}, "Connections of a database pool that are working."};
const family pool_waiting{"millrace_pool_waiting", gauge, {"pool"}, "Units of work that wait for a connection of a pool."};
const family database_failures{
    "millrace_database_failures_total",
    counter,
    {"pool", "class"},
    "Failed units of work, by what the SQLSTATE calls for: retry, in doubt, pause, isolate, stop."};

const family connection_up{"millrace_connection_up", gauge, {"connection"}, "1 while the connection is usable, else 0."};
const family reconnects{
    "millrace_reconnects_total", counter, {"connection"}, "Times a connection was made again after a loss."};
const family broker_blocked{
    "millrace_broker_blocked", gauge, {}, "1 while the broker refuses publishes for lack of memory or disk."};
const family actor_restarts{"millrace_actor_restarts_total", counter, {"actor"}, "Actors restarted by their supervisor."};
const family outbox_published{
    "millrace_outbox_published_total", counter, {}, "Outbox rows published, confirmed and deleted."};
const family outbox_unpublished{
    "millrace_outbox_unpublished_total",
    counter,
    {"reason"},
    "Publishes of outbox rows that failed and are tried again: unroutable (no queue takes the row; the wait grows"
    " from 2 s to 5 min), not_confirmed (refused, or the connection ended), no_answer."};

const family outbox_due{
    "millrace_outbox_due_rows", gauge, {}, "Outbox rows that are due, up to 10,000; the same on every node of a database."};
const family outbox_lag{
    "millrace_outbox_lag_seconds", gauge, {}, "How long the outbox row that is due longest has been due; 0 without one."};
const family scheduled_tasks{
    "millrace_scheduled_tasks",
    gauge,
    {},
    "Outbox rows that are not due yet (delayed tasks, retries), up to 10,000; the same on every node of a database."};
const family audit_unsealed{
    "millrace_audit_unsealed_rows",
    gauge,
    {},
    "Rows of the audit log that are not sealed yet, up to 10,000; the same on every node of a database."};
const family circuit_breakers{
    "millrace_circuit_breakers",
    gauge,
    {"dependency", "state"},
    "Destinations that are left alone (open) or tried by one call (half_open), of webhooks and e-mails."};
const family loop_lag{"millrace_event_loop_lag_seconds",
                      histogram,
                      {},
                      "How long a job waited for the event loop, looked at once a second.",
                      durations};

const family mailbox_lag{
    "millrace_actor_mailbox_lag_seconds",
    gauge,
    {"actor"},
    "How long the last probe of an actor's mailbox waited, or the present one waits already; each is probed once a second."
    " Says whether an actor keeps up: a hundred messages are nothing to one actor and a minute to another."};
const family mailbox_depth{"millrace_actor_mailbox_depth",
                           gauge,
                           {"actor"},
                           "Messages that stood behind the last answered probe of an actor's mailbox."};

const family transfers{"millrace_ledger_transfers_total",
                       counter,
                       {"currency", "result"},
                       "Transfers that the ledger has posted or refused, counted after the commit; currency unknown: neither"
                       " account is kept in it."};
const family transfer_volume{"millrace_ledger_volume_minor_units_total",
                             counter,
                             {"currency"},
                             "Money moved by posted transfers, in minor units, counted after the commit."};
const family imbalanced_accounts{
    "millrace_ledger_imbalanced_accounts",
    gauge,
    {},
    "Accounts whose balance is not the sum of their entries, looked at every 5 minutes by the node that leads the"
    " schedulers; absent on the others, and where the look could not be finished."};

const family scheduler_leader{
    "millrace_scheduler_leader", gauge, {}, "1 on the node that fires the schedules of the database, else 0."};
const family schedule_fires{"millrace_schedule_fires_total", counter, {"schedule"}, "Tasks that a schedule has asked for."};
const family schedule_lag{
    "millrace_schedule_lag_seconds", histogram, {}, "Time from when a schedule should fire to when it did.", waits};

const family crash_record_full{
    "millrace_crash_record_full_total", counter, {}, "Tasks executed without an entry in the crash record, as it was full."};
const family quarantined_tasks{
    "millrace_quarantined_tasks", gauge, {}, "Tasks that may have crashed a process, and are executed alone if they come."};
const family isolation_waiting{
    "millrace_isolation_waiting", gauge, {}, "Deliveries that wait to be executed alone, in a process of their own."};
const family isolated_tasks{
    "millrace_isolated_tasks_total", counter, {}, "Deliveries executed alone, in a process of their own, without a crash."};
const family isolated_crashes{
    "millrace_isolated_crashes_total", counter, {}, "Processes that crashed on the one task they had."};

const family spans_exported{"millrace_spans_exported_total", counter, {}, "Spans that the collector has taken."};
const family spans_dropped{"millrace_spans_dropped_total",
                           counter,
                           {"reason"},
                           "Spans that were lost: buffer_full (made faster than sent), collector (it did not take them)."};

const family build_info{"millrace_build_info", gauge, {"version"}, "Always 1; the label is the version that runs."};
const family leases_reissued{
    "millrace_leases_reissued_total", counter, {}, "Long tasks of dead nodes that were started again."};
const family process_cpu{"process_cpu_seconds_total", counter, {}, "User and system CPU time spent in seconds."};
const family process_resident{"process_resident_memory_bytes", gauge, {}, "Resident memory in bytes."};
const family process_virtual{"process_virtual_memory_bytes", gauge, {}, "Virtual memory in bytes."};
const family process_fds{"process_open_fds", gauge, {}, "Open file descriptors."};
const family process_max_fds{"process_max_fds", gauge, {}, "Largest number of file descriptors that may be open."};
const family process_start{"process_start_time_seconds", gauge, {}, "Start of the process in seconds since the Unix epoch."};

}  // namespace families

const std::vector<const family*>& all_families() {
  using namespace families;
  static const std::vector<const family*> all{&tasks,
                                              &queue_wait,
                                              &execution,
                                              &end_to_end,
                                              &attempts,
                                              &dead_letters,
                                              &redeliveries,
                                              &in_flight,
                                              &held,
                                              &queue_paused,
                                              &queue_rate,
                                              &api_requests,
                                              &api_duration,
                                              &oldest_task_age,
                                              &effect_answers,
                                              &batch_size,
                                              &batch_commit,
                                              &pool_connections,
                                              &pool_in_use,
                                              &pool_waiting,
                                              &database_failures,
                                              &connection_up,
                                              &reconnects,
                                              &broker_blocked,
                                              &actor_restarts,
                                              &outbox_published,
                                              &outbox_unpublished,
                                              &outbox_due,
                                              &outbox_lag,
                                              &scheduled_tasks,
                                              &audit_unsealed,
                                              &loop_lag,
                                              &circuit_breakers,
                                              &mailbox_lag,
                                              &mailbox_depth,
                                              &transfers,
                                              &transfer_volume,
                                              &imbalanced_accounts,
                                              &scheduler_leader,
                                              &schedule_fires,
                                              &schedule_lag,
                                              &leases_reissued,
                                              &crash_record_full,
                                              &quarantined_tasks,
                                              &isolation_waiting,
                                              &isolated_tasks,
                                              &isolated_crashes,
                                              &spans_exported,
                                              &spans_dropped,
                                              &build_info,
                                              &process_cpu,
                                              &process_resident,
                                              &process_virtual,
                                              &process_fds,
                                              &process_max_fds,
                                              &process_start};
  return all;
}

namespace {

std::string labels_of(const family& f) {
  std::string out;
  for (const auto label : f.labels) out += (out.empty() ? "`" : ", `") + std::string(label) + "`";
  return out;
}

std::string type_of(const family& f) {
  if (f.type == metric_type::histogram) return "histogram";
  return f.type == metric_type::counter ? "counter" : "gauge";
}

}  // namespace

std::string metrics_markdown() {
  std::string out = R"(# Metrics

Generated from the declarations in `monitoring/metrics/families.cpp`; do not edit.

`GET /metrics` on `monitoring.bind` answers in the Prometheus text format. Labels hold values from closed sets only: queue
names, known task types or `unknown`, outcomes, reasons, schedules, actors, currencies of accounts; never ids or tenants. A family
keeps at most 1,000 label combinations; any further one counts under `other`.

| Metric | Type | Labels | Meaning |
| --- | --- | --- | --- |
)";
  for (const family* f : all_families())
    out +=
        "| `" + std::string(f->name) + "` | " + type_of(*f) + " | " + labels_of(*f) + " | " + std::string(f->help) + " |\n";
  return out;
}

}  // namespace millrace::monitoring
