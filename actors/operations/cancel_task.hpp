#pragma once

#include "connectors/postgres/task/cancellation.hpp"

#include <stdexcept>
#include <string>

namespace millrace::operations {

/// The task to cancel and the operator who asks for it.
struct cancel_order {
  std::string id;  ///< a UUID or the producer's own text
  std::string tenant;
  std::string actor, why;
  bool tenant_assumed = false;  ///< the request named no tenant; the default applies
};

/// Another tenant has a task with this id; the assumed one does not.
class task_of_another_tenant : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Cancels a task in the caller's transaction and sends its producer the result. Throws task_of_another_tenant: otherwise a
/// cancellation would be recorded for a task that never arrives, while the intended one continues.
postgres::cancel_answer cancel_task(unit_of_work& work, const cancel_order& order);

}  // namespace millrace::operations
