#pragma once

#include "actors/delivery/decoded_delivery.hpp"
#include "connectors/postgres/task/task_store.hpp"
#include "runtime/task/handler_registry.hpp"

#include <string>
#include <string_view>

namespace millrace::actors {

/// The inbox row of a delivery, in the state that a new task has once its batch is committed. Holds views into the delivery
/// and the registry.
postgres::inbox_row inbox_row_of(const decoded_delivery& i, const registry& handlers, wall_time now);

/// The result with which tasks of a transactional type are inserted.
std::string_view usual_result(const registry& handlers, const std::string& type);

}  // namespace millrace::actors
