#include "runtime/program/service/supervision_tree.hpp"

#include "actors/background/database_polls.hpp"
#include "actors/background/ledger_audit.hpp"
#include "actors/background/probes.hpp"
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

#include <algorithm>
#include <iterator>
#include <map>

namespace millrace::service {
namespace {

using namespace std::chrono_literals;
using actors::node_ptr;
using actors::queue_config;
using monitoring::level;
using supervision::child_spec;
using supervision::probed;
using supervision::restart_strategy;
using supervision::supervised;
using supervision::supervisor_options;

supervision::supervisor_events events_of(const node_ptr& shared) {
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

supervisor_options make(const node_ptr& shared, std::string name, restart_strategy strategy,
                        std::vector<child_spec> children) {
  return {.name = std::move(name),
          .policy = {.strategy = strategy, .max_restarts = 20, .window = 10s},
          .children = std::move(children),
          .events = events_of(shared)};
}

/// A child that is spawned with the same arguments at each start.
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
           return s->spawn<caf::detached>(probed(actors::postgres_connection), shared, pool, options);
         }});
  auto group = supervised(make(shared, "postgres connections " + pool, restart_strategy::one_for_one, std::move(members)));
  return supervised(make(shared, "storage " + pool, restart_strategy::rest_for_one,
                         {child("postgres pool " + pool, actors::postgres_pool, shared, pool), std::move(group)}));
}

/// What the actors of one queue need of each other. Each start of an actor replaces its member.
struct queue_actors {
  std::shared_ptr<actors::delivery_buffer> incoming;
  caf::actor executor, committer;
};

/// The effect executor and the committer of a queue, in start order. Start them in a `one_for_all` group.
std::vector<child_spec> executor_and_committer(const node_ptr& shared, const queue_config& config,
                                               const std::shared_ptr<queue_actors>& group) {
  auto& queue = config.settings.name;
  return {{"effect executor " + queue,
           [=](caf::event_based_actor* parent) {
             // A new buffer: deliveries that were on their way to the previous consumer never arrive.
             group->incoming = std::make_shared<actors::delivery_buffer>();
             return group->executor = parent->spawn(probed(actors::effect_executor), shared, config);
           }},
          {"committer " + queue, [=](caf::event_based_actor* parent) {
             return group->committer =
                        parent->spawn(probed(actors::committer), shared, config, group->incoming, group->executor);
           }}};
}

/// The effect executor, the committer and the consumer of a queue. They are restarted together.
child_spec queue_group(const node_ptr& shared, const queue_config& config) {
  auto group = std::make_shared<queue_actors>();
  auto& queue = config.settings.name;
  auto members = executor_and_committer(shared, config, group);
  members.push_back({"consumer " + queue, [=](caf::event_based_actor* parent) {
                       return parent->spawn(probed(actors::consumer), shared, config, group->incoming, group->committer,
                                            group->executor);
                     }});
  return supervised(make(shared, "queue " + queue, restart_strategy::one_for_all, std::move(members)));
}

std::vector<queue_config> queue_configs(const config::settings& s) {
  std::vector<queue_config> all;
  for (auto* settings : s.queues.all()) all.push_back({*settings, settings == &s.queues.dead_letter});
  return all;
}

child_spec broker_tree(const node_ptr& shared) {
  std::vector<child_spec> queues;
  for (auto& config : queue_configs(shared->settings)) queues.push_back(queue_group(shared, config));
  child_spec link{"broker link",
                  [shared](caf::event_based_actor* parent) { return actors::start_broker_link(parent, shared); }};
  auto all = supervised(make(shared, "queues", restart_strategy::one_for_one, std::move(queues)));
  // The isolated executor starts before the queues: if it ends, the consumers restart and its tasks are redelivered to them.
  return supervised(make(shared, "broker", restart_strategy::rest_for_one,
                         {std::move(link), child("outbox relay", actors::outbox_relay, shared),
                          child("isolation", actors::isolated_executor, shared), std::move(all)}));
}

/// In an isolated process: the effect executors and committers of all queues, and the pipe that replaces the consumers.
child_spec isolated_tree(const node_ptr& shared, const std::function<void(std::string_view)>& answer) {
  std::map<std::string, std::shared_ptr<queue_actors>> groups;
  std::vector<child_spec> members;
  for (auto& config : queue_configs(shared->settings)) {
    auto& group = groups[config.settings.name] = std::make_shared<queue_actors>();
    std::ranges::move(executor_and_committer(shared, config, group), std::back_inserter(members));
  }
  members.push_back({"isolation pipe", [=](caf::event_based_actor* parent) {
                       std::map<std::string, caf::actor> committers;
                       for (auto& [queue, group] : groups) committers[queue] = group->committer;
                       return parent->spawn(actors::isolation_pipe, shared, committers, answer);
                     }});
  auto options = make(shared, "isolated queues", restart_strategy::one_for_all, std::move(members));
  options.policy.max_restarts = 0;
  return supervised(std::move(options));
}

enum class process_kind : std::uint8_t { node, isolated };

/// The root supervisor: what every process runs, and `specific` to its kind between the polls and the trace exporter.
supervisor_options make_root(const node_ptr& shared, process_kind kind, std::vector<child_spec> specific) {
  auto& s = shared->settings;
  std::vector<child_spec> children{
      storage(shared, "tasks", s.postgres.connections, actors::task_session(s, "millrace " + s.node)),
      storage(shared, "reports", s.report.connections, actors::report_session(s, "millrace reports " + s.node)),
      child("read-only queries", actors::read_only_queries, shared)};
  for (auto& poll : actors::database_polls())
    if (kind == process_kind::node || poll.in_isolated_process)
      children.push_back(child(poll.actor, actors::run_periodic_query, shared, poll.make(shared)));
  std::ranges::move(specific, std::back_inserter(children));
  if (shared->spans) children.push_back(child("trace exporter", actors::trace_exporter, shared));
  return make(shared, "root", restart_strategy::one_for_one, std::move(children));
}

}  // namespace

supervisor_options make_tree(const node_ptr& shared) {
  auto configured = std::make_shared<std::atomic<bool>>(false);
  child_spec clock{"scheduler", [shared, configured](caf::event_based_actor* parent) {
                     return parent->spawn<caf::detached>(probed(actors::scheduler), shared, configured);
                   }};
  return make_root(
      shared, process_kind::node,
      {child("ledger audit", actors::ledger_audit, shared), child("event loop probe", actors::loop_lag_probe, shared),
       child("breaker gauges", actors::breaker_gauges, shared), child("mailbox probe", actors::mailbox_probe, shared),
       broker_tree(shared), std::move(clock)});
}

supervisor_options make_isolated_tree(const node_ptr& shared, const std::function<void(std::string_view)>& answer) {
  auto root = make_root(shared, process_kind::isolated, {isolated_tree(shared, answer)});
  root.policy.max_restarts = 0;
  return root;
}

std::vector<std::string> consumer_names(const config::settings& s) {
  std::vector<std::string> names;
  for (auto* q : s.queues.all()) names.push_back("consumer " + q->name);
  return names;
}

}  // namespace millrace::service
