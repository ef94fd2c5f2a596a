#pragma once

#include "connectors/postgres/task/cancellation.hpp"

#include <stdexcept>
#include <string>

namespace millrace {

/// Whose task, and who wants it cancelled.
struct cancel_order {
  std::string id;  ///< a UUID, or the producer's own text
  std::string tenant;
  std::string actor, why;
  bool tenant_assumed = false;  ///< nobody has named it: the default
};

/// Another tenant has a task of that id, and the assumed one has not.
class task_of_another_tenant : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Cancels a task in the caller's transaction, and sends the result that its producer waits for. Throws
/// task_of_another_tenant: what was assumed would be noted for a task that never comes, while the one that was meant goes
/// on.
postgres::cancel_answer cancel_task(unit_of_work& work, const cancel_order& order);

}  // namespace millrace
