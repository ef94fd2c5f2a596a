#pragma once

#include <string_view>
#include <vector>

/// The names by which operators filter dead letters; they are stable.
namespace millrace {

/// Of every `dead_reason`, in its order.
const std::vector<std::string_view>& dead_reason_names();
/// Of the kinds of reasons, as the database sorts them (migration 0006).
const std::vector<std::string_view>& dead_class_names();

}  // namespace millrace
