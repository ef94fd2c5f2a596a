#pragma once

#include "connectors/postgres/cluster/queue_control_store.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace millrace::actors {

/// An operator's settings for a queue, as they apply to one node.
struct queue_limits {
  bool paused = false;
  std::uint32_t concurrency = 0;  ///< concurrent effects on this node; 0: as configured
  double rate = 0;                ///< deliveries per second on this node; 0: unlimited
  bool operator==(const queue_limits&) const = default;
};

/// The latest limits of all queues. Part of the node, so that a restarted actor starts with them. Thread-safe.
class queue_limits_board {
 public:
  queue_limits of(const std::string& queue) const;
  /// Replaces all limits. A rate is divided by the number of living nodes.
  void read(const std::vector<postgres::queue_control>& controls, std::size_t nodes);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, queue_limits> limits_;
};

/// The prefetch under a rate limit: ten seconds' worth of deliveries, so that none waits longer in the consumer.
std::uint32_t prefetch_under(std::uint32_t configured, const queue_limits& limits);

}  // namespace millrace::actors
