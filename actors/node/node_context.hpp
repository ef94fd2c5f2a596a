#pragma once

#include "actors/delivery/in_flight_effects.hpp"
#include "actors/delivery/queue_limits.hpp"
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
#include <memory>
#include <string>
#include <vector>

namespace millrace {

/// What all actors of this process share and what outlives every one of them. Everything in it is read-only or thread-safe.
struct node_context {
  config::settings settings;
  std::string name;                              ///< for people
  std::string identity;                          ///< of this process, never used again: the name and a random part
  std::unique_ptr<postgres::presence> presence;  ///< from before it consumes
  std::shared_ptr<registry> handlers = std::make_shared<registry>();
  monitoring::metrics metrics;
  monitoring::health health;
  std::unique_ptr<crash_record> crashes;  ///< where it is kept; outlives what is entered in it
  quarantine quarantined;
  std::vector<std::string> isolation;  ///< the command that runs a process to execute quarantine in
  event_loop loop;
  in_flight_effects in_flight;
  queue_limits_board limits;
  std::atomic<bool> leads_schedulers = false;  ///< as the scheduler saw it last
  actor_directory directory;
  std::unique_ptr<resilience::circuit_breakers> webhook_breakers, email_breakers;  ///< they outlive the clients
  std::unique_ptr<effect_context> effects;
  std::unique_ptr<span_buffer> spans;        ///< none: nothing is traced
  std::unique_ptr<http::client> collector;   ///< of spans, where there is a buffer for them
  std::unique_ptr<http::client> management;  ///< of the broker, where its URL is configured

  /// Of the others' view of this process; 0 while they may take it for dead.
  std::uint64_t presence_epoch() const { return presence ? presence->epoch() : 1; }
  /// Whether running tasks of other nodes may be taken over, if those seem dead.
  bool may_take_over() const { return !presence || presence->others_are_back(); }
  /// Tasks whose time-out is longer are acknowledged when they begin, and held by a lease.
  std::chrono::milliseconds lease_above() const { return settings.amqp.consumer_timeout / 6; }
};

using node_ptr = std::shared_ptr<node_context>;

}  // namespace millrace
