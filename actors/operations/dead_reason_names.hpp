#pragma once

#include <string_view>
#include <vector>

/// The names by which operators filter dead letters. They are stable.
namespace millrace::operations {

/// The names of every `dead_reason`, in its order.
const std::vector<std::string_view>& dead_reason_names();
/// The names of the classes of reasons, as defined by the database (migration 0006).
const std::vector<std::string_view>& dead_class_names();

}  // namespace millrace::operations
