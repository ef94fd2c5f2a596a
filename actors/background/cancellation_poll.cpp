#include "actors/background/cancellation_poll.hpp"

#include "connectors/postgres/task/cancellation.hpp"

namespace millrace {
namespace {

using publications = std::vector<postgres::publication>;

void tell_runners(const node& shared, const publications& all) {
  cancel_effects order;
  for (auto& p : all)
    if (auto id = uuid::parse(p.id)) order.effects.push_back({p.tenant, *id, p.generation});
  if (order.effects.empty()) return;
  for (auto* queue : shared.settings.queues.all()) caf::anon_send(shared.addresses.find("runner " + queue->name), order);
}

}  // namespace

watched cancellations(const node_ptr& shared) {
  return {.look = [shared](unit_of_work& w) { return std::any{postgres::cancel_requests(w, shared->identity)}; },
          .act = [shared](const std::any& found) { tell_runners(*shared, std::any_cast<const publications&>(found)); },
          .trouble = "cancellations cannot be read"};
}

}  // namespace millrace
