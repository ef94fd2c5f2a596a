#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <span>
#include <string>

/// The append-only `audit` table: actions of operators and nodes.
namespace millrace::postgres {

struct audit_row {
  std::string actor;    ///< a node, or a person
  std::string action;   ///< e.g. "task.dead"
  std::string tenant;   ///< empty: none
  std::string subject;  ///< object of the action, e.g. a task id
  std::string detail;   ///< JSON text, or empty
};

/// Adds rows in the caller's transaction, stamped with the database's clock.
void add_audit(unit_of_work& work, std::span<const audit_row> rows);

}  // namespace millrace::postgres
