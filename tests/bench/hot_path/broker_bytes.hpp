#pragma once

#include "runtime/task/task.hpp"

#include <cstddef>
#include <string>

namespace millrace::bench {

/// Bytes that RabbitMQ sends to a consumer of a busy queue.
struct broker_bytes {
  std::string bytes;           ///< complete deliveries without gaps, as many as fit into a read of 64 KiB
  std::size_t deliveries = 0;  ///< number of deliveries in `bytes`
};

broker_bytes make_broker_bytes(content_type payload);

}  // namespace millrace::bench
