#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The `queue_control` table: operators' settings of queues, which override the configuration.
namespace millrace::postgres {

struct queue_control {
  std::string queue;
  bool paused = false;
  std::optional<std::int64_t> concurrency{};  ///< concurrent effects on each node
  std::optional<double> rate_limit{};         ///< deliveries per second over all nodes
  std::int64_t version = 0;                   ///< 0: never set
  std::string changed_at{}, changed_by{}, why{};
};
/// All queues with a current or former setting, by name; up to 1,000.
std::vector<queue_control> read_queue_controls(unit_of_work& work);

/// Locks a queue's settings, even if there are none, until the end of the transaction, and reads them.
queue_control lock_queue_control(unit_of_work& work, const std::string& queue);
/// Writes the settings and returns their new version. The caller must hold the lock.
std::int64_t write_queue_control(unit_of_work& work, const queue_control& wanted);

}  // namespace millrace::postgres
