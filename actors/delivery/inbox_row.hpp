#pragma once

#include "actors/delivery/decoded_delivery.hpp"
#include "connectors/postgres/task/task_store.hpp"
#include "runtime/task/handler_registry.hpp"

#include <string>
#include <string_view>

namespace millrace {

/// What a delivery is to be in the inbox if its task is new: in the state that it has once its batch is committed. The row's
/// texts lie in the delivery and in the registry.
postgres::inbox_row inbox_row_of(const decoded_delivery& i, const registry& handlers, wall_time now);

/// With which result tasks of a type are inserted; the type's handler is a transactional one.
std::string_view usual_result(const registry& handlers, const std::string& type);

}  // namespace millrace
