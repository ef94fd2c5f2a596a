#include "runtime/effect_journal.hpp"

#include <utility>

namespace millrace {

effect_journal::hold effect_journal::keep(const effect_key& key) {
  {
    const std::lock_guard lock{mutex_};
    ++entries_[key].holds;
  }
  return {this, [key](effect_journal* journal) { journal->release(key); }};
}

effect_journal::answer effect_journal::begin(const effect_key& key) {
  const std::lock_guard lock{mutex_};
  auto& state = entries_[key].state;
  if (const auto* over = std::get_if<finished>(&state)) return *over;
  if (std::holds_alternative<executing>(state)) return executing{};
  state = executing{};
  return started{};
}

bool effect_journal::finish(const effect_key& key, outcome result) {
  std::vector<listener> told;
  {
    const std::lock_guard lock{mutex_};
    const auto found = entries_.find(key);
    if (found == entries_.end() || !std::holds_alternative<executing>(found->second.state)) return false;
    told = std::exchange(found->second.told, {});
    found->second.state = finished{result};
  }
  for (const auto& tell : told) tell(result);
  return true;
}

bool effect_journal::attach(const effect_key& key, listener told) {
  outcome result;
  {
    const std::lock_guard lock{mutex_};
    const auto found = entries_.find(key);
    if (found == entries_.end() || std::holds_alternative<std::monostate>(found->second.state)) return false;
    const auto* over = std::get_if<finished>(&found->second.state);
    if (!over) {
      found->second.told.push_back(std::move(told));
      return true;
    }
    result = over->result;
  }
  told(result);
  return true;
}

void effect_journal::request_cancel(const effect_key& key) {
  const std::lock_guard lock{mutex_};
  if (const auto found = entries_.find(key); found != entries_.end()) found->second.cancel_requested = true;
}

bool effect_journal::cancel_requested(const effect_key& key) const {
  const std::lock_guard lock{mutex_};
  const auto found = entries_.find(key);
  return found != entries_.end() && found->second.cancel_requested;
}

void effect_journal::forget(const effect_key& key) {
  entries::node_type gone;  // destroyed outside the lock: a listener may own things that use the journal
  const std::lock_guard lock{mutex_};
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  found->second.committed = true;
  gone = extract_if_unneeded(found);
}

void effect_journal::release(const effect_key& key) {
  entries::node_type gone;
  const std::lock_guard lock{mutex_};
  const auto found = entries_.find(key);
  --found->second.holds;
  gone = extract_if_unneeded(found);
}

effect_journal::entries::node_type effect_journal::extract_if_unneeded(entries::iterator found) {
  return found->second.needed() ? entries::node_type{} : entries_.extract(found);
}

std::size_t effect_journal::size() const {
  const std::lock_guard lock{mutex_};
  return entries_.size();
}

std::size_t effect_journal::hash::operator()(const effect_key& key) const noexcept {
  return std::hash<uuid>{}(key.id) ^ (std::hash<std::string>{}(key.tenant) * 31 + key.generation);
}

}  // namespace millrace
