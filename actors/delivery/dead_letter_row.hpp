#pragma once

#include "connectors/amqp/client.hpp"
#include "connectors/postgres/dead_letter/dead_letter_store.hpp"
#include "runtime/task/outcome.hpp"
#include "runtime/task/task.hpp"

namespace millrace {

/// The dead letter of a task, with its raw message. Its id follows from tenant, task, generation and payload, so that a
/// redelivery of the same message adds no second one. The row's views point into the arguments.
postgres::dead_letter_row dead_letter_of(const task& t, const amqp::delivery& source, const dead& why,
                                         std::uint32_t attempts);

}  // namespace millrace
