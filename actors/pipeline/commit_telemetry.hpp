#pragma once

#include "actors/node/node_context.hpp"
#include "actors/pipeline/batch_transaction.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace millrace::actors {

/// Reports a committed batch to metrics, log and traces. `took` is the transaction's duration.
void report_commit(node_context& shared, const std::string& queue, const std::vector<commit_item>& items,
                   const commit_result& result, std::chrono::nanoseconds took);

}  // namespace millrace::actors
