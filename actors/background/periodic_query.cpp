#include "actors/background/periodic_query.hpp"

#include "monitoring/log/log.hpp"

namespace millrace::actors {
namespace {

using namespace std::chrono_literals;
using actor_self = caf::stateful_actor<periodic_query_state>*;

constexpr auto interval = 1'000ms;

void run(actor_self self) {
  self->state.database->submit(self->state.definition.query, [self](unit_result result) {
    auto& definition = self->state.definition;
    if (result)
      definition.on_result(*result);
    else
      monitoring::log(monitoring::level::error, definition.error_message, {{"error", result.error().message}});
    supervision::send_after(self, interval, tick{0});
  });
}

}  // namespace

caf::behavior run_periodic_query(caf::stateful_actor<periodic_query_state>* self, const node_ptr& shared,
                                 periodic_query definition) {
  self->state.definition = std::move(definition);
  self->state.database = std::make_unique<pool_client>(self, shared, "tasks");
  self->set_down_handler([self](caf::down_msg& down) { self->state.database->on_down(down); });
  self->send(self, tick{0});
  return {
      [self](const tick&) { run(self); },
      [self](unit_done& answer) { self->state.database->on_done(answer); },
      [self](const pool_client::retry_message&) { self->state.database->on_retry(); },
  };
}

}  // namespace millrace::actors
