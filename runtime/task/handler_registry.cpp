#include "runtime/task/handler_registry.hpp"

#include <stdexcept>
#include <utility>

namespace millrace {

const registry::entry* registry::find(std::string_view type) const noexcept {
  const auto found = entries_.find(type);
  return found == entries_.end() ? nullptr : &found->second;
}

bool registry::set_policy(std::string_view type, const type_policy& policy) {
  const auto found = entries_.find(type);
  if (found == entries_.end()) return false;
  found->second.policy = policy;
  return true;
}

std::vector<std::string> registry::types() const {
  std::vector<std::string> names;
  names.reserve(entries_.size());
  for (const auto& [name, _] : entries_) names.push_back(name);
  return names;
}

void registry::insert(std::string_view type, const type_policy& policy, handler code) {
  std::string name{type};
  if (name.empty()) throw std::invalid_argument("a handler needs a task type");
  if (entries_.contains(name)) throw std::invalid_argument("two handlers for task type " + name);
  entry added{name, policy, std::move(code)};
  entries_.emplace(std::move(name), std::move(added));
}

}  // namespace millrace
