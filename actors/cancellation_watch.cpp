#include "actors/cancellation_watch.hpp"

#include "connectors/postgres/cancellation.hpp"
#include "monitoring/log.hpp"

namespace millrace {
namespace {

using namespace std::chrono_literals;
using actor_self = caf::stateful_actor<cancellation_watch_state>*;

constexpr auto interval = 1'000ms;

void tell_runners(const node& shared, const std::vector<postgres::publication>& all) {
  cancel_effects order;
  for (auto& p : all)
    if (auto id = uuid::parse(p.id)) order.effects.push_back({p.tenant, *id, p.generation});
  if (order.effects.empty()) return;
  for (auto* queue : shared.settings.queues.all()) caf::anon_send(shared.addresses.find("runner " + queue->name), order);
}

void ask(actor_self self) {
  auto& st = self->state;
  auto work = [node = st.shared->identity](unit_of_work& w) {
    return std::any{std::make_shared<const std::vector<postgres::publication>>(postgres::cancel_requests(w, node))};
  };
  st.database->submit(work, [self](unit_result result) {
    auto& state = self->state;
    if (result)
      tell_runners(*state.shared, *std::any_cast<std::shared_ptr<const std::vector<postgres::publication>>>(*result));
    else
      monitoring::log(monitoring::level::error, "cancellations cannot be read", {{"error", result.error().message}});
    send_after(self, interval, tick{0});
  });
}

}  // namespace

caf::behavior cancellation_watch(caf::stateful_actor<cancellation_watch_state>* self, node_ptr shared) {
  auto& st = self->state;
  st.database = std::make_unique<pool_client>(self, shared, "tasks");
  st.shared = std::move(shared);
  self->set_down_handler([self](caf::down_msg& down) { self->state.database->on_down(down); });
  send_after(self, interval, tick{0});
  return {
      [self](const tick&) { ask(self); },
      [self](unit_done& answer) { self->state.database->on_done(answer); },
      [self](const pool_client::retry_message&) { self->state.database->on_retry(); },
  };
}

}  // namespace millrace
