#pragma once

#include "connectors/postgres/cluster/queue_control_store.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace millrace {

/// What operators have set for a queue, as it concerns one node.
struct queue_limits {
  bool paused = false;
  std::uint32_t concurrency = 0;  ///< effects at once on this node; 0: as configured
  double rate = 0;                ///< deliveries a second on this node; 0: no limit
  bool operator==(const queue_limits&) const = default;
};

/// The limits of all queues, as they were read last. In the node, so that a restarted actor does not begin without them.
/// Thread-safe.
class queue_limits_board {
 public:
  queue_limits of(const std::string& queue) const;
  /// Takes over what was read; each of the `nodes` that live gets its share of a rate.
  void read(const std::vector<postgres::queue_control>& controls, std::size_t nodes);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, queue_limits> limits_;
};

/// How many deliveries may be in hand: enough for ten seconds of a limited rate, so that none waits here for long.
std::uint32_t prefetch_under(std::uint32_t configured, const queue_limits& limits);

}  // namespace millrace
