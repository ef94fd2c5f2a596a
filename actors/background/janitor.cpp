#include "actors/background/janitor.hpp"

#include "connectors/postgres/task/lease_store.hpp"
#include "connectors/postgres/task/submission_store.hpp"
#include "monitoring/log/log.hpp"

namespace millrace {
namespace {

void reissued(node_context& shared, std::size_t tasks) {
  if (tasks == 0) return;
  shared.metrics.leases_reissued(tasks);
  monitoring::log(monitoring::level::warn, "long tasks of a dead node start again",
                  {{"tasks", static_cast<std::uint64_t>(tasks)}});
  caf::anon_send(shared.directory.find("outbox relay"), outbox_added{std::chrono::system_clock::now()});
}

/// How many tasks start again.
std::size_t tidy(unit_of_work& work, const node_context& shared) {
  // A node without an API may not know how long the others keep the keys.
  if (!shared.settings.api.bind.empty()) postgres::forget_submissions(work, shared.settings.api.idempotency_retention);
  return postgres::reissue_leases(work, {shared.identity, shared.may_take_over()});
}

}  // namespace

periodic_query janitor(const node_ptr& shared) {
  return {.query = [shared](unit_of_work& work) { return std::any{tidy(work, *shared)}; },
          .on_result = [shared](const std::any& found) { reissued(*shared, std::any_cast<std::size_t>(found)); },
          .error_message = "what was left behind cannot be looked at"};
}

}  // namespace millrace
