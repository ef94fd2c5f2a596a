#include "actors/background/quarantine_poll.hpp"

namespace millrace {

void set_quarantine(node_context& shared, const std::vector<postgres::crash_key>& found) {
  std::vector<quarantine::key> keys;
  keys.reserve(found.size());
  for (auto& f : found)
    if (auto id = uuid::parse(f.id)) keys.push_back({f.tenant, *id});
  shared.metrics.quarantined_tasks(keys.size());
  shared.quarantined.replace(std::move(keys));
}

periodic_query quarantine_poll(const node_ptr& shared) {
  return {.query = [](unit_of_work& w) { return std::any{postgres::find_quarantined(w)}; },
          .on_result =
              [shared](const std::any& found) {
                set_quarantine(*shared, std::any_cast<const std::vector<postgres::crash_key>&>(found));
              },
          .error_message = "quarantine cannot be read"};
}

}  // namespace millrace
