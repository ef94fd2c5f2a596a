#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::config {

/// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The valid name the writer of `name` most likely meant, or empty if none is near. A bare last part counts as near:
/// `heartbeat` finds `amqp.heartbeat`.
std::string nearest(std::string_view name, const std::vector<std::string>& valid);

}  // namespace millrace::config
