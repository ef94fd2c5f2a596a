#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The `queue_control` table: what operators set for queues over the configuration.
namespace millrace::postgres {

struct queue_control {
  std::string queue;
  bool paused = false;
  std::optional<std::int64_t> concurrency{};  ///< effects at once on each node
  std::optional<double> rate_limit{};         ///< deliveries a second over all nodes
  std::int64_t version = 0;                   ///< 0: nothing has ever been set
  std::string changed_at{}, changed_by{}, why{};
};
/// Every queue for which something is or was set, by name; up to 1,000.
std::vector<queue_control> read_queue_controls(unit_of_work& work);

/// Locks what is set for a queue, also where nothing is yet, until the end of the transaction, and reads it.
queue_control lock_queue_control(unit_of_work& work, const std::string& queue);
/// Writes it with the next version, which is returned. The caller holds the lock.
std::int64_t write_queue_control(unit_of_work& work, const queue_control& wanted);

}  // namespace millrace::postgres
