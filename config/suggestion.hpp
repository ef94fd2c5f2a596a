#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::config {

/// Number of insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The valid name closest to `name`, or empty if all are too different. A bare last part counts as close:
/// `heartbeat` finds `amqp.heartbeat`.
std::string nearest(std::string_view name, const std::vector<std::string>& valid);

}  // namespace millrace::config
