#include "actors/operations/dead_reason_names.hpp"

#include "runtime/task/outcome.hpp"

namespace millrace::operations {

const std::vector<std::string_view>& dead_reason_names() {
  static const auto names = [] {
    std::vector<std::string_view> all;
    for (int reason = 0; reason <= static_cast<int>(last_dead_reason); ++reason)
      all.emplace_back(to_string(static_cast<dead_reason>(reason)));
    return all;
  }();
  return names;
}

const std::vector<std::string_view>& dead_class_names() {
  static const std::vector<std::string_view> names{"permanent", "conflict", "unknown", "exhausted",
                                                   "rejected",  "poison",   "broker"};
  return names;
}

}  // namespace millrace::operations
