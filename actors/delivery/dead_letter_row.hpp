#pragma once

#include "connectors/amqp/client.hpp"
#include "connectors/postgres/audit/audit_store.hpp"
#include "connectors/postgres/dead_letter/dead_letter_store.hpp"
#include "runtime/task/outcome.hpp"
#include "runtime/task/task.hpp"

namespace millrace::actors {

/// The dead letter of a task, with its raw message. Its id is derived from tenant, task, generation and payload, so that a
/// redelivery of the message adds no second row. Views into the arguments.
postgres::dead_letter_row dead_letter_of(const task& t, const amqp::delivery& source, const dead& why,
                                         std::uint32_t attempts);

/// The audit log's entries of new dead letters.
std::vector<postgres::audit_row> audit_rows_of(const std::vector<postgres::dead_letter_row>& dead_letters,
                                               const std::string& node);

}  // namespace millrace::actors
