// Metrics of the node itself: API, actors, ledger, schedules, isolation of tasks that crash a process, version.
#include "monitoring/metrics/instruments.hpp"

namespace millrace::monitoring {

struct metrics::node_families {
  explicit node_families(family_registry& r) : registry(r) {}

  family_registry& registry;

  counter api_requests{registry,
                       "millrace_api_requests_total",
                       {"operation", "status"},
                       "Requests to the operator API by operation and status; unknown paths count as operation none."};
  histogram api_duration{registry,
                         "millrace_api_request_seconds",
                         {"operation"},
                         "Duration of one request to the operator API.",
                         buckets::durations};
  counter connections_dropped{
      registry,
      "millrace_http_connections_dropped_total",
      {"listener", "reason"},
      "Connections to a listener (monitoring, api) closed without a response: replaced (a new connection at the limit of"
      " 256; its request was incomplete), timeout (request or response incomplete in time), refused (at the limit; all"
      " others were being answered)."};
  gauge listener_up{
      registry,
      "millrace_listener_up",
      {"listener"},
      "1 if the listener (monitoring, api) answered the node's own request within 5 s, else 0; probed every 5 s."};
  counter actor_restarts{registry, "millrace_actor_restarts_total", {"actor"}, "Actors restarted by their supervisor."};
  histogram loop_lag{registry,
                     "millrace_event_loop_lag_seconds",
                     {},
                     "Time that a job waits for the event loop, probed every second.",
                     buckets::durations};
  gauge mailbox_lag{
      registry,
      "millrace_actor_mailbox_lag_seconds",
      {"actor"},
      "Time that a probe, sent every second, waits in an actor's mailbox: of the last answered probe, or of the"
      " pending one if that is longer. Shows whether the actor keeps up."};
  gauge mailbox_depth{registry,
                      "millrace_actor_mailbox_depth",
                      {"actor"},
                      "Messages queued behind the last answered probe of an actor's mailbox."};
  counter transfers{registry,
                    "millrace_ledger_transfers_total",
                    {"currency", "result"},
                    "Transfers posted or refused by the ledger, counted after the commit; currency unknown: neither account"
                    " exists in it."};
  counter transfer_volume{registry,
                          "millrace_ledger_volume_minor_units_total",
                          {"currency"},
                          "Money moved by posted transfers, in minor units, counted after the commit."};
  gauge imbalanced_accounts{
      registry,
      "millrace_ledger_imbalanced_accounts",
      {},
      "Accounts whose balance is not the sum of their entries, checked every 5 minutes by the scheduler"
      " leader; absent on other nodes and after a check that could not finish."};
  gauge scheduler_leader{
      registry, "millrace_scheduler_leader", {}, "1 on the node that runs the schedules of the database, else 0."};
  counter schedule_fires{registry, "millrace_schedule_fires_total", {"schedule"}, "Tasks published by a schedule."};
  histogram schedule_lag{
      registry, "millrace_schedule_lag_seconds", {}, "Delay of a schedule's run after its due time.", buckets::waits};
  counter leases_reissued{
      registry, "millrace_leases_reissued_total", {}, "Long tasks restarted after the node that executed them failed."};
  counter crash_record_full{registry,
                            "millrace_crash_record_full_total",
                            {},
                            "Tasks executed without an entry in the crash record because it was full."};
  gauge quarantined_tasks{registry,
                          "millrace_quarantined_tasks",
                          {},
                          "Quarantined tasks: suspected of a process crash and executed in a separate process."};
  gauge isolation_waiting{
      registry, "millrace_isolation_waiting", {}, "Deliveries waiting for execution in a separate process."};
  counter isolated_tasks{
      registry, "millrace_isolated_tasks_total", {}, "Deliveries executed in a separate process without a crash."};
  counter isolated_crashes{
      registry, "millrace_isolated_crashes_total", {}, "Separate processes that crashed while executing their task."};
  gauge build_info{registry, "millrace_build_info", {"version"}, "Always 1; the label is the running version."};
};

std::shared_ptr<metrics::node_families> metrics::make_node_families(family_registry& registry) {
  auto made = std::make_shared<node_families>(registry);
  made->build_info.with({MILLRACE_VERSION}).Set(1);
  made->scheduler_leader.with({}).Set(0);
  made->quarantined_tasks.with({}).Set(0);
  made->isolation_waiting.with({}).Set(0);
  return made;
}

void metrics::api_answered(std::string_view operation, int status, seconds duration) {
  node_->api_requests.with({operation, std::to_string(status)}).Increment();
  node_->api_duration.with({operation}).Observe(positive(duration));
}

void metrics::connection_dropped(std::string_view listener, std::string_view reason) {
  node_->connections_dropped.with({listener, reason}).Increment();
}
void metrics::listener_up(std::string_view listener, bool up) { node_->listener_up.with({listener}).Set(up ? 1 : 0); }

void metrics::actor_restarted(std::string_view actor) { node_->actor_restarts.with({actor}).Increment(); }
void metrics::loop_lag(seconds wait) { node_->loop_lag.with({}).Observe(positive(wait)); }
void metrics::mailbox_lag(std::string_view actor, std::optional<seconds> wait) {
  if (wait)
    node_->mailbox_lag.with({actor}).Set(positive(*wait));
  else
    node_->mailbox_lag.remove({actor});
}
void metrics::mailbox_depth(std::string_view actor, std::optional<std::size_t> messages) {
  if (messages)
    node_->mailbox_depth.with({actor}).Set(number(*messages));
  else
    node_->mailbox_depth.remove({actor});
}

void metrics::transfers(std::string_view currency, std::size_t posted, std::size_t refused, double volume) {
  node_->transfers.with({currency, "posted"}).Increment(number(posted));
  node_->transfers.with({currency, "refused"}).Increment(number(refused));
  node_->transfer_volume.with({currency}).Increment(volume);
}
void metrics::imbalanced_accounts(std::optional<std::size_t> accounts) {
  if (accounts)
    node_->imbalanced_accounts.with({}).Set(number(*accounts));
  else
    node_->imbalanced_accounts.remove({});
}

void metrics::scheduler_leads(bool leads) { node_->scheduler_leader.with({}).Set(leads ? 1 : 0); }
void metrics::leases_reissued(std::size_t tasks) { node_->leases_reissued.with({}).Increment(number(tasks)); }
void metrics::schedule_fired(std::string_view schedule, std::size_t fires, seconds late) {
  node_->schedule_fires.with({schedule}).Increment(number(fires));
  if (fires > 0) node_->schedule_lag.with({}).Observe(positive(late));
}

void metrics::crash_record_full(std::size_t tasks) { node_->crash_record_full.with({}).Increment(number(tasks)); }
void metrics::quarantined_tasks(std::size_t tasks) { node_->quarantined_tasks.with({}).Set(number(tasks)); }
void metrics::isolation_waiting(std::size_t deliveries) { node_->isolation_waiting.with({}).Set(number(deliveries)); }
void metrics::isolated_task() { node_->isolated_tasks.with({}).Increment(); }
void metrics::isolated_crash() { node_->isolated_crashes.with({}).Increment(); }

}  // namespace millrace::monitoring
