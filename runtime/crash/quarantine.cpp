#include "runtime/crash/quarantine.hpp"

#include <iterator>

namespace millrace::crash {

bool quarantine::contains(const std::string& tenant, const uuid& id) const {
  if (empty()) return false;
  const std::lock_guard lock{mutex_};
  return keys_.contains({tenant, id});
}

void quarantine::replace(std::vector<key> all) {
  std::unordered_set<key, hash> next{std::make_move_iterator(all.begin()), std::make_move_iterator(all.end())};
  const std::lock_guard lock{mutex_};
  keys_.swap(next);
  count_.store(keys_.size(), std::memory_order_relaxed);
}

}  // namespace millrace::crash
