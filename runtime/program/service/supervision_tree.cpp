#include "runtime/program/service/supervision_tree.hpp"

#include "actors/background/audit_sealing.hpp"
#include "actors/background/breaker_gauges.hpp"
#include "actors/background/cancellation_poll.hpp"
#include "actors/background/janitor.hpp"
#include "actors/background/ledger_audit.hpp"
#include "actors/background/loop_lag_probe.hpp"
#include "actors/background/mailbox_probe.hpp"
#include "actors/background/outbox_gauges.hpp"
#include "actors/background/quarantine_poll.hpp"
#include "actors/background/queue_control_poll.hpp"
#include "actors/background/scheduler.hpp"
#include "actors/background/trace_exporter.hpp"
#include "actors/broker/broker_link.hpp"
#include "actors/isolation/isolation.hpp"
#include "actors/isolation/isolation_pipe.hpp"
#include "actors/node/connector_options.hpp"
#include "actors/outbox/outbox_relay.hpp"
#include "actors/pipeline/committer.hpp"
#include "actors/pipeline/consumer.hpp"
#include "actors/pipeline/effect_executor.hpp"
#include "actors/storage/postgres_connection.hpp"
#include "actors/storage/postgres_pool.hpp"
#include "actors/storage/read_only_queries.hpp"
#include "monitoring/log/log.hpp"

namespace millrace {
namespace {

using namespace std::chrono_literals;
using monitoring::level;

supervisor_events events_of(const node_ptr& shared) {
  return {
      .started = [shared](const std::string& child, const caf::actor& a) { shared->directory.put(child, a); },
      .failed =
          [shared](const std::string& child, const std::string& reason) {
            shared->metrics.actor_restarted(child);
            monitoring::log(level::warn, "actor ended, restarting it", {{"actor", child}, {"reason", reason}});
          },
      .escalated =
          [](const std::string& supervisor) {
            monitoring::log(level::error, "too many restarts, escalating", {{"actor", supervisor}});
          },
  };
}

supervisor_options make(const node_ptr& shared, std::string name, restart_strategy how, std::vector<child_spec> children) {
  return {.name = std::move(name),
          .policy = {.strategy = how, .max_restarts = 20, .window = 10s},
          .children = std::move(children),
          .events = events_of(shared)};
}

/// A child whose function takes, at each start, the same.
template <class Function, class... Args>
child_spec child(std::string name, Function function, const Args&... args) {
  return {std::move(name), [=](caf::event_based_actor* parent) { return parent->spawn(probed(function), args...); }};
}

child_spec storage(const node_ptr& shared, const std::string& pool, std::uint32_t connections,
                   const postgres::session_options& options) {
  std::vector<child_spec> members;
  for (std::uint32_t i = 1; i <= connections; ++i)
    members.push_back(
        {"postgres connection " + pool + " " + std::to_string(i), [shared, pool, options](caf::event_based_actor* s) {
           return s->spawn<caf::detached>(probed(postgres_connection), shared, pool, options);
         }});
  auto group = supervised(make(shared, "postgres connections " + pool, restart_strategy::one_for_one, std::move(members)));
  return supervised(make(shared, "storage " + pool, restart_strategy::rest_for_one,
                         {child("postgres pool " + pool, postgres_pool, shared, pool), std::move(group)}));
}

/// Runner, committer and consumer of a queue live and die together; each is told of the one started before it.
child_spec queue_group(const node_ptr& shared, const queue_config& role) {
  struct siblings {
    std::shared_ptr<delivery_buffer> incoming;
    caf::actor executor, committer;
  };
  auto known = std::make_shared<siblings>();
  auto& queue = role.settings.name;
  return supervised(
      make(shared, "queue " + queue, restart_strategy::one_for_all,
           {{"effect executor " + queue,
             [=](caf::event_based_actor* s) {
               // What was on its way to the consumer before this one never arrives.
               known->incoming = std::make_shared<delivery_buffer>();
               return known->executor = s->spawn(probed(effect_executor), shared, role);
             }},
            {"committer " + queue,
             [=](caf::event_based_actor* s) {
               return known->committer = s->spawn(probed(committer), shared, role, known->incoming, known->executor);
             }},
            {"consumer " + queue, [=](caf::event_based_actor* s) {
               return s->spawn(probed(consumer), shared, role, known->incoming, known->committer, known->executor);
             }}}));
}

child_spec broker_tree(const node_ptr& shared) {
  std::vector<child_spec> queues;
  auto& q = shared->settings.queues;
  for (auto* settings : q.all()) queues.push_back(queue_group(shared, {*settings, settings == &q.dead_letter}));
  child_spec link{"broker link", [shared](caf::event_based_actor* s) { return start_broker_link(s, shared); }};
  // Before the queues: what it holds when it ends is delivered again to restarted consumers.
  auto lane = child("isolation", isolation_lane, shared);
  auto all = supervised(make(shared, "queues", restart_strategy::one_for_one, std::move(queues)));
  return supervised(make(shared, "broker", restart_strategy::rest_for_one,
                         {std::move(link), child("outbox relay", outbox_relay, shared), std::move(lane), std::move(all)}));
}

}  // namespace

supervisor_options make_tree(const node_ptr& shared) {
  auto& s = shared->settings;
  auto configured = std::make_shared<std::atomic<bool>>(false);
  child_spec clock{"scheduler", [shared, configured](caf::event_based_actor* self) {
                     return self->spawn<caf::detached>(probed(scheduler), shared, configured);
                   }};
  auto root = make(
      shared, "root", restart_strategy::one_for_one,
      {storage(shared, "tasks", s.postgres.connections, task_session(s, "millrace " + s.node)),
       storage(shared, "reports", s.report.connections, report_session(s, "millrace reports " + s.node)),
       child("read-only queries", read_only_queries, shared),
       child("cancellation poll", run_periodic_query, shared, cancellation_poll(shared)),
       child("janitor", run_periodic_query, shared, janitor(shared)),
       child("queue control poll", run_periodic_query, shared, queue_control_poll(shared)),
       child("quarantine poll", run_periodic_query, shared, quarantine_poll(shared)),
       child("outbox gauges", run_periodic_query, shared, outbox_gauges(shared)),
       child("audit sealer", run_periodic_query, shared, audit_sealing()),
       child("audit gauges", run_periodic_query, shared, audit_gauges(shared)), child("ledger audit", ledger_audit, shared),
       child("event loop probe", loop_lag_probe, shared), child("breaker gauges", breaker_gauges, shared),
       child("mailbox probe", mailbox_probe, shared), broker_tree(shared), std::move(clock)});
  if (shared->spans) root.children.push_back(child("trace exporter", trace_exporter, shared));
  return root;
}

supervisor_options make_isolated_tree(const node_ptr& shared, const std::function<void(std::string_view)>& answer) {
  auto& s = shared->settings;
  auto committers = std::make_shared<std::map<std::string, caf::actor>>();
  std::vector<child_spec> lane;
  for (auto* settings : s.queues.all()) {
    auto& queue = settings->name;
    auto known = std::make_shared<caf::actor>();
    queue_config role{*settings, settings == &s.queues.dead_letter};
    lane.push_back({"effect executor " + queue,
                    [=](caf::event_based_actor* a) { return *known = a->spawn(effect_executor, shared, role); }});
    lane.push_back({"committer " + queue, [=](caf::event_based_actor* a) {
                      return (*committers)[role.settings.name] =
                                 a->spawn(committer, shared, role, std::make_shared<delivery_buffer>(), *known);
                    }});
  }
  lane.push_back(
      {"isolation pipe", [=](caf::event_based_actor* a) { return a->spawn(isolation_pipe, shared, *committers, answer); }});
  auto unforgiving = make(shared, "lane", restart_strategy::one_for_all, std::move(lane));
  unforgiving.policy.max_restarts = 0;
  auto root = make(shared, "root", restart_strategy::one_for_one,
                   {storage(shared, "tasks", s.postgres.connections, task_session(s, "millrace " + s.node)),
                    storage(shared, "reports", s.report.connections, report_session(s, "millrace reports " + s.node)),
                    child("read-only queries", read_only_queries, shared),
                    child("cancellation poll", run_periodic_query, shared, cancellation_poll(shared)),
                    supervised(std::move(unforgiving))});
  if (shared->spans) root.children.push_back(child("trace exporter", trace_exporter, shared));
  root.policy.max_restarts = 0;
  return root;
}

std::vector<std::string> consumer_names(const config::settings& s) {
  std::vector<std::string> names;
  for (auto* q : s.queues.all()) names.push_back("consumer " + q->name);
  return names;
}

}  // namespace millrace
