#pragma once

#include "runtime/task/task.hpp"
#include "tests/bench/hot_path/part.hpp"

#include <memory>
#include <string_view>
#include <vector>

/// The hot path, step by step: from the socket's bytes to the acknowledgement, without what the kernel, the broker and the
/// database do.
namespace millrace::bench {

/// Bytes of one read into deliveries.
std::unique_ptr<part> parse();
/// Deliveries of one read into tasks.
std::unique_ptr<part> decode(content_type payload);
/// A thousand tasks through the group commit.
std::unique_ptr<part> batch();
/// The parameters of the statement that inserts a thousand tasks.
std::unique_ptr<part> columns();
/// A thousand deliveries committed at once into acknowledgements.
std::unique_ptr<part> settle();

/// In the order in which a task meets them.
const std::vector<std::string_view>& part_names();
/// Throws std::invalid_argument if there is no such part.
std::unique_ptr<part> make_part(std::string_view name);

}  // namespace millrace::bench
