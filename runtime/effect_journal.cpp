#include "runtime/effect_journal.hpp"

#include <utility>

namespace millrace {

effect_journal::answer effect_journal::begin(const effect_key& key) {
  const std::lock_guard lock{mutex_};
  const auto [found, is_new] = entries_.try_emplace(key);
  if (is_new) return started{};
  if (const auto* over = std::get_if<finished>(&found->second.state)) return *over;
  return executing{};
}

bool effect_journal::finish(const effect_key& key, outcome result) {
  listener told;
  {
    const std::lock_guard lock{mutex_};
    const auto found = entries_.find(key);
    if (found == entries_.end() || std::holds_alternative<finished>(found->second.state)) return false;
    told = std::exchange(found->second.told, nullptr);
    found->second.state = finished{result};
  }
  if (told) told(result);
  return true;
}

bool effect_journal::attach(const effect_key& key, listener told) {
  listener replaced;  // destroyed outside the lock: it may own things that use the journal
  outcome result;
  {
    const std::lock_guard lock{mutex_};
    const auto found = entries_.find(key);
    if (found == entries_.end()) return false;
    const auto* over = std::get_if<finished>(&found->second.state);
    if (!over) {
      replaced = std::exchange(found->second.told, std::move(told));
      return true;
    }
    result = over->result;
  }
  if (told) told(result);
  return true;
}

void effect_journal::forget(const effect_key& key) {
  std::unordered_map<effect_key, entry, hash>::node_type gone;  // destroyed outside the lock, as above
  const std::lock_guard lock{mutex_};
  gone = entries_.extract(key);
}

std::size_t effect_journal::size() const {
  const std::lock_guard lock{mutex_};
  return entries_.size();
}

std::size_t effect_journal::hash::operator()(const effect_key& key) const noexcept {
  return std::hash<uuid>{}(key.id) ^ (std::hash<std::string>{}(key.tenant) * 31 + key.generation);
}

}  // namespace millrace
