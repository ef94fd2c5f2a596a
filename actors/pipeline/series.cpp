#include "actors/pipeline/series.hpp"

#include "actors/delivery/topology.hpp"

#include <algorithm>

namespace millrace::actors {
namespace {

bool is_bound(const amqp::topology& t, std::string_view queue, std::string_view type) {
  return std::ranges::any_of(
      t.bindings, [&](auto& b) { return b.exchange == task_exchange && b.queue == queue && takes(b.routing_key, type); });
}

/// Covers the types that are bound to the queue. A producer may publish any other type to it, but series for all types in
/// all queues could exceed the limit of a family. In the dead-letter queue every task ends dead.
void begin_task_series(node_context& shared, const queue_config& config) {
  auto begin = [&](std::string_view type, std::initializer_list<const char*> outcomes) {
    for (auto* outcome : outcomes) shared.metrics.task_finished(config.settings.name, type, outcome, 0);
  };
  begin("unknown", {"dead"});
  auto topology = make_topology(shared.settings);
  for (auto& type : shared.handlers->types())
    if (config.dead_letters)
      begin(type, {"dead"});
    else if (is_bound(topology, config.settings.name, type))
      begin(type, {"succeeded", "retry", "dead"});
}

}  // namespace

void begin_series(node_context& shared, const queue_config& config) {
  auto& queue = config.settings.name;
  begin_task_series(shared, config);
  shared.metrics.redelivery_deduplicated(queue, 0);
  shared.metrics.republished(queue, 0);
  for (int reason = 0; reason <= static_cast<int>(last_dead_reason); ++reason)
    shared.metrics.dead_lettered(queue, to_string(static_cast<dead_reason>(reason)), 0);
}

}  // namespace millrace::actors
