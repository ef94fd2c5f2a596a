#include "actors/background/database_polls.hpp"

#include "connectors/postgres/audit/audit_seal.hpp"
#include "connectors/postgres/cluster/node_store.hpp"
#include "connectors/postgres/task/cancellation.hpp"
#include "connectors/postgres/task/lease_store.hpp"
#include "connectors/postgres/task/outbox_store.hpp"
#include "connectors/postgres/task/submission_store.hpp"
#include "monitoring/log/log.hpp"

#include <algorithm>
#include <type_traits>

namespace millrace::actors {
namespace {

/// Erases the type of `query`'s result, which `on_result` receives.
template <class Query, class OnResult>
periodic_query poll(Query query, OnResult on_result, const char* error_message) {
  using result = std::invoke_result_t<const Query&, unit_of_work&>;
  return {.query = [query](unit_of_work& work) { return std::any{query(work)}; },
          .on_result = [on_result](const std::any& found) { on_result(std::any_cast<const result&>(found)); },
          .error_message = error_message};
}

// -- cancellation poll: finds running tasks of this node that an operator has cancelled, and notifies the effect executors.

void notify_executors(const node_context& shared, const std::vector<postgres::publication>& cancelled) {
  cancel_effects order;
  for (auto& p : cancelled)
    if (auto id = uuid::parse(p.id)) order.effects.push_back({p.tenant, *id, p.generation});
  if (order.effects.empty()) return;
  for (auto* queue : shared.settings.queues.all())
    caf::anon_send(shared.directory.find("effect executor " + queue->name), order);
}

periodic_query cancellation_poll(const node_ptr& shared) {
  return poll([shared](unit_of_work& work) { return postgres::cancel_requests(work, shared->identity); },
              [shared](auto& cancelled) { notify_executors(*shared, cancelled); }, "cancellation requests cannot be read");
}

// -- janitor: sends leased tasks of dead nodes again and, on nodes with an API, deletes idempotency keys older than
// `api.idempotency_retention`; a bounded number of rows per run. Any number of nodes may run it concurrently.

/// Returns the number of tasks that were sent again.
std::size_t clean_up(unit_of_work& work, const node_context& shared) {
  // A node without an API may not know the retention configured on the nodes with one.
  if (!shared.settings.api.bind.empty()) postgres::forget_submissions(work, shared.settings.api.idempotency_retention);
  return postgres::reissue_leases(work, {shared.identity, shared.may_take_over()});
}

void report_reissued(node_context& shared, std::size_t tasks) {
  if (tasks == 0) return;
  shared.metrics.leases_reissued(tasks);
  monitoring::log(monitoring::level::warn, "leased tasks of a dead node restarted", {{"tasks", std::uint64_t{tasks}}});
  caf::anon_send(shared.directory.find("outbox relay"), outbox_added{std::chrono::system_clock::now()});
}

periodic_query janitor(const node_ptr& shared) {
  return poll([shared](unit_of_work& work) { return clean_up(work, *shared); },
              [shared](std::size_t tasks) { report_reissued(*shared, tasks); },
              "expired leases and idempotency keys cannot be processed");
}

// -- queue control poll: reads what operators have set for the queues, and notifies the consumers. Also registers the node
// in the table of nodes, because its share of a rate depends on the number of living nodes.

struct queue_controls {
  std::vector<postgres::queue_control> controls;
  std::size_t nodes = 1;
};

queue_controls read_controls(unit_of_work& work, const node_context& shared) {
  postgres::enter_node(work, shared.identity, shared.name, MILLRACE_VERSION);
  auto controls = postgres::read_queue_controls(work);
  // Counting living nodes reads all locks of the server, and only a rate limit needs the number.
  const bool rate_limited = std::ranges::any_of(controls, [](auto& c) { return c.rate_limit.has_value(); });
  return {std::move(controls), rate_limited ? postgres::count_living_nodes(work) : 1};
}

void apply_controls(node_context& shared, const queue_controls& found) {
  shared.limits.read(found.controls, found.nodes);
  // Sent every time: a consumer that was restarted meanwhile may have read the previous limits.
  for (auto* queue : shared.settings.queues.all()) {
    auto limits = shared.limits.of(queue->name);
    shared.metrics.queue_limits(queue->name, limits.paused, limits.rate);
    caf::anon_send(shared.directory.find("consumer " + queue->name), queue_limited{limits});
  }
}

periodic_query queue_control_poll(const node_ptr& shared) {
  return poll([shared](unit_of_work& work) { return read_controls(work, *shared); },
              [shared](auto& found) { apply_controls(*shared, found); }, "queue controls cannot be read");
}

// -- quarantine poll: reads which tasks may have crashed a process, on any node.

periodic_query quarantine_poll(const node_ptr& shared) {
  return poll([](unit_of_work& work) { return postgres::find_quarantined(work); },
              [shared](auto& found) { set_quarantine(*shared, found); }, "quarantined tasks cannot be read");
}

// -- outbox gauges: the size and age of the outbox. All nodes of a database report the same values.

periodic_query outbox_gauges(const node_ptr& shared) {
  return poll([](unit_of_work& work) { return postgres::backlog(work); },
              [shared](auto& found) { shared->metrics.outbox_backlog(found.due, found.lag, found.later); },
              "outbox backlog cannot be read");
}

// -- audit sealer: chains the rows of the audit log, up to 1,000 per run. Any number of nodes may run it; one seals at a
// time.

periodic_query audit_sealer(const node_ptr&) {
  return poll([](unit_of_work& work) { return postgres::seal_audit(work, postgres::most_sealed_at_once); },
              [](std::size_t) {}, "audit log cannot be sealed");
}

// -- audit gauges: the number of unsealed rows. Separate from the sealer, so that it is reported while sealing fails.

periodic_query audit_gauges(const node_ptr& shared) {
  return poll([](unit_of_work& work) { return postgres::count_unsealed_audit(work); },
              [shared](std::size_t rows) { shared->metrics.audit_unsealed(rows); }, "unsealed audit rows cannot be counted");
}

constexpr database_poll table[] = {
    {"cancellation poll", cancellation_poll, true},
    {"janitor", janitor},
    {"queue control poll", queue_control_poll},
    {"quarantine poll", quarantine_poll},
    {"outbox gauges", outbox_gauges},
    {"audit sealer", audit_sealer},
    {"audit gauges", audit_gauges},
};

}  // namespace

std::span<const database_poll> database_polls() noexcept { return table; }

void set_quarantine(node_context& shared, const std::vector<postgres::crash_key>& found) {
  std::vector<crash::quarantine::key> keys;
  keys.reserve(found.size());
  for (auto& f : found)
    if (auto id = uuid::parse(f.id)) keys.push_back({f.tenant, *id});
  shared.metrics.quarantined_tasks(keys.size());
  shared.quarantined.replace(std::move(keys));
}

}  // namespace millrace::actors
