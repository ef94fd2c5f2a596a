#pragma once

#include "runtime/task/task.hpp"
#include "tests/bench/hot_path/part.hpp"

#include <memory>
#include <string_view>
#include <vector>

/// The steps of the hot path, from the bytes of the socket to the acknowledgement, without the work of kernel, broker and
/// database.
namespace millrace::bench {

/// Parses the bytes of one read into deliveries.
std::unique_ptr<part> parse();
/// Decodes the deliveries of one read into tasks.
std::unique_ptr<part> decode(content_type payload);
/// Passes a thousand tasks through the group commit.
std::unique_ptr<part> batch();
/// Builds the parameters of the statement that inserts a thousand tasks.
std::unique_ptr<part> columns();
/// Makes acknowledgements of a thousand deliveries committed in one batch.
std::unique_ptr<part> settle();

/// The names of the parts, in processing order.
const std::vector<std::string_view>& part_names();
/// Creates a part. Throws std::invalid_argument if its name is unknown.
std::unique_ptr<part> make_part(std::string_view name);

}  // namespace millrace::bench
