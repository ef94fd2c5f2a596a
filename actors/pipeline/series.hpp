#pragma once

#include "actors/pipeline/consumer.hpp"

namespace millrace::actors {

/// Creates a queue's metric series with the value 0: `increase` over a series that appears later misses its first step, and
/// so would an alert.
void begin_series(node_context& shared, const queue_config& config);

}  // namespace millrace::actors
