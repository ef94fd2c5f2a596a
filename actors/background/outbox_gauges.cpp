#include "actors/background/outbox_gauges.hpp"

#include "connectors/postgres/task/outbox_store.hpp"

namespace millrace {

watched outbox_backlog(const node_ptr& shared) {
  return {.look = [](unit_of_work& w) { return std::any{postgres::backlog(w)}; },
          .act =
              [shared](const std::any& found) {
                auto& waits = std::any_cast<const postgres::outbox_backlog&>(found);
                shared->metrics.outbox_waits(waits.due, waits.lag, waits.later);
              },
          .trouble = "the outbox cannot be looked at"};
}

}  // namespace millrace
