#include "actors/background/cancellation_poll.hpp"

#include "connectors/postgres/task/cancellation.hpp"

namespace millrace {
namespace {

using publications = std::vector<postgres::publication>;

void notify_executors(const node_context& shared, const publications& all) {
  cancel_effects order;
  for (auto& p : all)
    if (auto id = uuid::parse(p.id)) order.effects.push_back({p.tenant, *id, p.generation});
  if (order.effects.empty()) return;
  for (auto* queue : shared.settings.queues.all())
    caf::anon_send(shared.directory.find("effect executor " + queue->name), order);
}

}  // namespace

periodic_query cancellation_poll(const node_ptr& shared) {
  return {
      .query = [shared](unit_of_work& w) { return std::any{postgres::cancel_requests(w, shared->identity)}; },
      .on_result = [shared](const std::any& found) { notify_executors(*shared, std::any_cast<const publications&>(found)); },
      .error_message = "cancellation_poll cannot be read"};
}

}  // namespace millrace
