#include "actors/janitor.hpp"

#include "connectors/postgres/lease_store.hpp"
#include "monitoring/log.hpp"

namespace millrace {
namespace {

void reissued(node& shared, std::size_t tasks) {
  if (tasks == 0) return;
  shared.metrics.leases_reissued(tasks);
  monitoring::log(monitoring::level::warn, "long tasks of a dead node start again",
                  {{"tasks", static_cast<std::uint64_t>(tasks)}});
  caf::anon_send(shared.addresses.find("outbox relay"), outbox_added{std::chrono::system_clock::now()});
}

}  // namespace

watched leases_of_the_dead(const node_ptr& shared) {
  return {.look =
              [shared](unit_of_work& w) {
                return std::any{postgres::reissue_leases(w, {shared->identity, shared->may_take_over()})};
              },
          .act = [shared](const std::any& found) { reissued(*shared, std::any_cast<std::size_t>(found)); },
          .trouble = "leases cannot be looked at"};
}

}  // namespace millrace
