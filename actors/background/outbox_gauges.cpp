#include "actors/background/outbox_gauges.hpp"

#include "connectors/postgres/task/outbox_store.hpp"

namespace millrace {

periodic_query outbox_gauges(const node_ptr& shared) {
  return {.query = [](unit_of_work& w) { return std::any{postgres::backlog(w)}; },
          .on_result =
              [shared](const std::any& found) {
                auto& waits = std::any_cast<const postgres::outbox_gauges&>(found);
                shared->metrics.outbox_backlog(waits.due, waits.lag, waits.later);
              },
          .error_message = "the outbox cannot be looked at"};
}

}  // namespace millrace
