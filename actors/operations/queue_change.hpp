#pragma once

#include "connectors/postgres/cluster/queue_control_store.hpp"

#include <functional>
#include <stdexcept>
#include <string>

namespace millrace::operations {

/// A change of queue settings, with its operator and reason.
struct queue_order {
  std::string queue, actor, why;
  std::string action;                                  ///< for the audit log: queue.pause, queue.resume, queue.limit
  std::function<void(postgres::queue_control&)> edit;  ///< makes the change
  std::string expected_version{};                      ///< empty: any
};

/// The settings have changed since they were read.
class queue_changed_meanwhile : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Changes the settings of a queue and writes the audit log, in the caller's transaction. Returns the new settings. Every
/// node applies them within two seconds. Throws queue_changed_meanwhile.
postgres::queue_control change_queue(unit_of_work& work, const queue_order& order);

}  // namespace millrace::operations
