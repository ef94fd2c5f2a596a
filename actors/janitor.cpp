#include "actors/janitor.hpp"

#include "connectors/postgres/lease_store.hpp"
#include "monitoring/log.hpp"

namespace millrace {
namespace {

using namespace std::chrono_literals;
using actor_self = caf::stateful_actor<janitor_state>*;

constexpr auto interval = 1'000ms;

void reissued(actor_self self, std::size_t tasks) {
  auto& st = self->state;
  if (tasks == 0) return;
  st.shared->metrics.leases_reissued(tasks);
  monitoring::log(monitoring::level::warn, "long tasks of a dead node start again",
                  {{"tasks", static_cast<std::uint64_t>(tasks)}});
  self->send(st.shared->addresses.find("outbox relay"), outbox_added{std::chrono::system_clock::now()});
}

void look(actor_self self) {
  auto& st = self->state;
  auto work = [shared = st.shared](unit_of_work& w) {
    return std::any{postgres::reissue_leases(w, {shared->identity, shared->may_take_over()})};
  };
  st.database->submit(work, [self](unit_result result) {
    if (result)
      reissued(self, std::any_cast<std::size_t>(*result));
    else
      monitoring::log(monitoring::level::error, "leases cannot be looked at", {{"error", result.error().message}});
    send_after(self, interval, tick{0});
  });
}

}  // namespace

caf::behavior janitor(caf::stateful_actor<janitor_state>* self, node_ptr shared) {
  auto& st = self->state;
  st.database = std::make_unique<pool_client>(self, shared, "tasks");
  st.shared = std::move(shared);
  self->set_down_handler([self](caf::down_msg& down) { self->state.database->on_down(down); });
  send_after(self, interval, tick{0});
  return {
      [self](const tick&) { look(self); },
      [self](unit_done& answer) { self->state.database->on_done(answer); },
      [self](const pool_client::retry_message&) { self->state.database->on_retry(); },
  };
}

}  // namespace millrace
