#pragma once

#include "runtime/task/task.hpp"

#include <cstddef>
#include <string>

namespace millrace::bench {

/// What RabbitMQ sends to a consumer of a busy queue.
struct broker_bytes {
  std::string bytes;           ///< whole deliveries, back to back: as many as a read of 64 KiB holds
  std::size_t deliveries = 0;  ///< in them
};

broker_bytes make_broker_bytes(content_type payload);

}  // namespace millrace::bench
