#pragma once

#include "connectors/postgres/cancellation.hpp"

#include <string>

namespace millrace {

/// Whose task, and who wants it cancelled.
struct cancel_order {
  std::string id;  ///< a UUID, or the producer's own text
  std::string tenant;
  std::string actor, why;
};

/// Cancels a task in the caller's transaction, and sends the result that its producer waits for.
postgres::cancel_answer cancel_task(unit_of_work& work, const cancel_order& order);

}  // namespace millrace
