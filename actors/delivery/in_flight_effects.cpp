#include "actors/delivery/in_flight_effects.hpp"

#include <algorithm>
#include <utility>

namespace millrace::actors {

in_flight_effects::registration in_flight_effects::register_delivery(const effect_key& key, const std::string& queue,
                                                                     delivery copy) {
  {
    const std::lock_guard lock{mutex_};
    auto& found = entries_[key];
    ++found.registrations;
    if (!found.copy && !found.committed) {
      found.copy = std::move(copy);
      found.queue = queue;
    }
  }
  return {this, [key](in_flight_effects* in_flight) { in_flight->release(key); }};
}

std::vector<in_flight_effects::delivery> in_flight_effects::pending(const std::string& queue) const {
  std::vector<delivery> first, waiting;
  const std::lock_guard lock{mutex_};
  for (const auto& [key, e] : entries_)
    if (e.copy && e.queue == queue) (e.has_started() ? first : waiting).push_back(e.copy);
  first.insert(first.end(), waiting.begin(), waiting.end());
  return first;
}

bool in_flight_effects::has_started(const effect_key& key) const {
  const std::lock_guard lock{mutex_};
  const auto found = entries_.find(key);
  return found != entries_.end() && found->second.has_started() && !found->second.committed;
}

std::size_t in_flight_effects::count_running(const std::string& queue) const {
  const std::lock_guard lock{mutex_};
  return static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(), [&](const auto& e) {
    return e.second.has_started() && !e.second.committed && e.second.queue == queue;
  }));
}

void in_flight_effects::release_delivery(const effect_key& key, const delivery& copy) {
  entries::node_type removed;
  const std::lock_guard lock{mutex_};
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.copy != copy) return;
  found->second.copy.reset();
  removed = extract_if_unneeded(found);
}

void in_flight_effects::hand_over(const effect_key& key) {
  entries::node_type removed;
  const std::lock_guard lock{mutex_};
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  found->second.copy.reset();
  found->second.state = {};
  removed = extract_if_unneeded(found);
}

in_flight_effects::start_result in_flight_effects::start(const effect_key& key) {
  const std::lock_guard lock{mutex_};
  auto& found = entries_[key];
  auto& state = found.state;
  if (const auto* ended = std::get_if<finished>(&state)) return *ended;
  if (std::holds_alternative<executing>(state)) return executing{};
  state = executing{};
  found.committed = false;
  return started{};
}

bool in_flight_effects::finish(const effect_key& key, outcome result) {
  std::vector<listener> listeners;
  {
    const std::lock_guard lock{mutex_};
    const auto found = entries_.find(key);
    if (found == entries_.end() || !std::holds_alternative<executing>(found->second.state)) return false;
    listeners = std::exchange(found->second.listeners, {});
    found->second.state = finished{result};
  }
  for (const auto& notify : listeners) notify(result);
  return true;
}

bool in_flight_effects::add_listener(const effect_key& key, listener added) {
  outcome result;
  {
    const std::lock_guard lock{mutex_};
    const auto found = entries_.find(key);
    if (found == entries_.end() || std::holds_alternative<std::monostate>(found->second.state)) return false;
    const auto* ended = std::get_if<finished>(&found->second.state);
    if (!ended) {
      found->second.listeners.push_back(std::move(added));
      return true;
    }
    result = ended->result;
  }
  added(result);
  return true;
}

void in_flight_effects::request_cancel(const effect_key& key) {
  const std::lock_guard lock{mutex_};
  if (const auto found = entries_.find(key); found != entries_.end()) found->second.cancel_requested = true;
}

bool in_flight_effects::cancel_requested(const effect_key& key) const {
  const std::lock_guard lock{mutex_};
  const auto found = entries_.find(key);
  return found != entries_.end() && found->second.cancel_requested;
}

void in_flight_effects::remove(const effect_key& key) {
  entries::node_type removed;  // destroyed outside the lock: a listener may own objects that call in_flight_effects
  const std::lock_guard lock{mutex_};
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  found->second.committed = true;
  found->second.copy.reset();
  removed = extract_if_unneeded(found);
}

void in_flight_effects::release(const effect_key& key) {
  entries::node_type removed;
  const std::lock_guard lock{mutex_};
  const auto found = entries_.find(key);
  --found->second.registrations;
  removed = extract_if_unneeded(found);
}

in_flight_effects::entries::node_type in_flight_effects::extract_if_unneeded(entries::iterator found) {
  return found->second.needed() ? entries::node_type{} : entries_.extract(found);
}

std::size_t in_flight_effects::size() const {
  const std::lock_guard lock{mutex_};
  return entries_.size();
}

std::size_t in_flight_effects::hash::operator()(const effect_key& key) const noexcept {
  return std::hash<uuid>{}(key.id) ^ (std::hash<std::string>{}(key.tenant) * 31 + key.generation);
}

}  // namespace millrace::actors
