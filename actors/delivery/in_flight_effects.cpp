#include "actors/delivery/in_flight_effects.hpp"

#include <algorithm>
#include <utility>

namespace millrace {

in_flight_effects::hold in_flight_effects::register_delivery(const effect_key& key, const std::string& queue,
                                                             delivery what) {
  {
    const std::lock_guard lock{mutex_};
    auto& of = entries_[key];
    ++of.holds;
    if (!of.what && !of.committed) {
      of.what = std::move(what);
      of.queue = queue;
    }
  }
  return {this, [key](in_flight_effects* in_flight) { in_flight->release(key); }};
}

std::vector<in_flight_effects::delivery> in_flight_effects::pending(const std::string& queue) const {
  std::vector<delivery> begun, waiting;
  const std::lock_guard lock{mutex_};
  for (const auto& [key, e] : entries_)
    if (e.what && e.queue == queue) (e.has_started() ? begun : waiting).push_back(e.what);
  begun.insert(begun.end(), waiting.begin(), waiting.end());
  return begun;
}

bool in_flight_effects::has_started(const effect_key& key) const {
  const std::lock_guard lock{mutex_};
  const auto found = entries_.find(key);
  return found != entries_.end() && found->second.has_started() && !found->second.committed;
}

std::size_t in_flight_effects::under_way(const std::string& queue) const {
  const std::lock_guard lock{mutex_};
  return static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(), [&](const auto& e) {
    return e.second.has_started() && !e.second.committed && e.second.queue == queue;
  }));
}

void in_flight_effects::release_delivery(const effect_key& key, const delivery& what) {
  entries::node_type gone;
  const std::lock_guard lock{mutex_};
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.what != what) return;
  found->second.what.reset();
  gone = extract_if_unneeded(found);
}

void in_flight_effects::hand_over(const effect_key& key) {
  entries::node_type gone;
  const std::lock_guard lock{mutex_};
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  found->second.what.reset();
  found->second.state = {};
  gone = extract_if_unneeded(found);
}

in_flight_effects::answer in_flight_effects::begin(const effect_key& key) {
  const std::lock_guard lock{mutex_};
  auto& of = entries_[key];
  auto& state = of.state;
  if (const auto* over = std::get_if<finished>(&state)) return *over;
  if (std::holds_alternative<executing>(state)) return executing{};
  state = executing{};
  of.committed = false;
  return started{};
}

bool in_flight_effects::finish(const effect_key& key, outcome result) {
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

bool in_flight_effects::attach(const effect_key& key, listener told) {
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
  entries::node_type gone;  // destroyed outside the lock: a listener may own things that use the in_flight
  const std::lock_guard lock{mutex_};
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  found->second.committed = true;
  found->second.what.reset();
  gone = extract_if_unneeded(found);
}

void in_flight_effects::release(const effect_key& key) {
  entries::node_type gone;
  const std::lock_guard lock{mutex_};
  const auto found = entries_.find(key);
  --found->second.holds;
  gone = extract_if_unneeded(found);
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

}  // namespace millrace
