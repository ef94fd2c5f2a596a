#pragma once

#include "actors/node/node_context.hpp"
#include "actors/pipeline/batch_transaction.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace millrace {

/// Tells metrics, log and traces of a committed batch, which took that long.
void report_commit(node_context& shared, const std::string& queue, const std::vector<commit_item>& items,
                   const commit_result& result, std::chrono::nanoseconds took);

}  // namespace millrace
