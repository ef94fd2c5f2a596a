#pragma once

#include "actors/delivery/in_flight_effects.hpp"
#include "actors/delivery/queue_limits.hpp"
#include "actors/delivery/seal.hpp"
#include "actors/node/actor_directory.hpp"
#include "actors/node/span_buffer.hpp"
#include "config/settings.hpp"
#include "connectors/postgres/cluster/presence.hpp"
#include "connectors/resilience/circuit_breakers.hpp"
#include "monitoring/metrics/health.hpp"
#include "monitoring/metrics/metrics.hpp"
#include "runtime/crash/crash_record.hpp"
#include "runtime/crash/quarantine.hpp"
#include "runtime/supervision/event_loop.hpp"
#include "runtime/task/effect_context.hpp"
#include "runtime/task/handler_registry.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace millrace::actors {

/// What all actors of this process share. It outlives every actor, and is read-only or thread-safe.
struct node_context {
  config::settings settings;
  std::string name;                              ///< for display
  std::string identity;                          ///< of this process, never reused: the name and a random suffix
  std::unique_ptr<postgres::presence> presence;  ///< held from before the first delivery
  std::shared_ptr<registry> handlers = std::make_shared<registry>();
  monitoring::metrics metrics;
  monitoring::health health;
  std::unique_ptr<crash::crash_record> crashes;  ///< outlives its entries
  crash::quarantine quarantined;
  std::unique_ptr<const seal> proof;           ///< set before the actors start; null in tests: our headers are trusted
  std::vector<std::string> isolation_command;  ///< the command that starts a process for quarantined tasks
  supervision::event_loop loop;
  in_flight_effects in_flight;
  queue_limits_board limits;
  std::atomic<bool> leads_schedulers = false;  ///< as of the scheduler's last run
  actor_directory directory;
  std::map<std::string, resilience::circuit_breakers> breakers;  ///< by dependency; outlive the clients; fixed at start
  std::unique_ptr<effect_context> effects;
  std::unique_ptr<span_buffer> spans;               ///< null: tracing is disabled
  std::unique_ptr<http::client> trace_collector;    ///< receives spans; null if tracing is disabled
  std::unique_ptr<http::client> broker_management;  ///< the broker's management API; null if its URL is not configured

  /// The epoch of this node's presence; 0 while other nodes may consider this process dead.
  std::uint64_t presence_epoch() const { return presence ? presence->epoch() : 1; }
  /// Whether this node may take over running tasks of nodes that seem dead.
  bool may_take_over() const { return !presence || presence->others_are_back(); }
  /// Tasks with a longer time-out are acknowledged when they start, and protected by a lease.
  std::chrono::milliseconds lease_above() const { return settings.amqp.consumer_timeout / 6; }
};

using node_ptr = std::shared_ptr<node_context>;

}  // namespace millrace::actors
