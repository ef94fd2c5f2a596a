#pragma once

#include "connectors/postgres/cluster/queue_control_store.hpp"

#include <functional>
#include <stdexcept>
#include <string>

namespace millrace {

/// Who sets something for a queue, and why.
struct queue_order {
  std::string queue, actor, why;
  std::string action;                                  ///< as the audit log names it: queue.pause, queue.resume, queue.limit
  std::function<void(postgres::queue_control&)> edit;  ///< what is to be otherwise
  std::string expected_version{};                      ///< empty: whatever it is
};

/// Somebody else has changed it since it was read.
class queue_changed_meanwhile : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Changes what is set for a queue and enters it in the audit log, in the caller's transaction; what is set now. Every node
/// applies it within two seconds. Throws queue_changed_meanwhile.
postgres::queue_control change_queue(unit_of_work& work, const queue_order& order);

}  // namespace millrace
