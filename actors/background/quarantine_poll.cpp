#include "actors/background/quarantine_poll.hpp"

namespace millrace {

void set_suspects(node& shared, const std::vector<postgres::crash_key>& found) {
  std::vector<suspects::key> keys;
  keys.reserve(found.size());
  for (auto& f : found)
    if (auto id = uuid::parse(f.id)) keys.push_back({f.tenant, *id});
  shared.metrics.crash_suspects(keys.size());
  shared.suspected.replace(std::move(keys));
}

watched known_suspects(const node_ptr& shared) {
  return {.look = [](unit_of_work& w) { return std::any{postgres::find_suspects(w)}; },
          .act =
              [shared](const std::any& found) {
                set_suspects(*shared, std::any_cast<const std::vector<postgres::crash_key>&>(found));
              },
          .trouble = "suspects cannot be read"};
}

}  // namespace millrace
