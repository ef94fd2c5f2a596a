#include "actors/background/queue_control_poll.hpp"

#include "connectors/postgres/cluster/node_store.hpp"

#include <algorithm>

namespace millrace {
namespace {

struct found_controls {
  std::vector<postgres::queue_control> controls;
  std::size_t nodes = 1;
};

found_controls look(unit_of_work& work, const node_context& shared) {
  postgres::enter_node(work, shared.identity, shared.name, MILLRACE_VERSION);
  auto controls = postgres::read_queue_controls(work);
  // Who lives is known by all locks of the server, and matters to nothing but a rate.
  const bool shares = std::ranges::any_of(controls, [](auto& c) { return c.rate_limit.has_value(); });
  return {std::move(controls), shares ? postgres::count_living_nodes(work) : 1};
}

void tell(node_context& shared, const found_controls& found) {
  shared.limits.read(found.controls, found.nodes);
  // Each time: a consumer that was started meanwhile may have read the board before.
  for (auto* queue : shared.settings.queues.all()) {
    auto limits = shared.limits.of(queue->name);
    shared.metrics.queue_limits(queue->name, limits.paused, limits.rate);
    caf::anon_send(shared.directory.find("consumer " + queue->name), queue_limited{limits});
  }
}

}  // namespace

periodic_query queue_control_poll(const node_ptr& shared) {
  return {.query = [shared](unit_of_work& work) { return std::any{look(work, *shared)}; },
          .on_result = [shared](const std::any& found) { tell(*shared, std::any_cast<const found_controls&>(found)); },
          .error_message = "what is set for the queues cannot be read"};
}

}  // namespace millrace
