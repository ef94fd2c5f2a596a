#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Tasks that may have crashed a process (table `crash`). All functions work in the caller's transaction.
namespace millrace::postgres {

struct crash_key {
  std::string tenant, id;  ///< id: UUID text
};

/// One process that crashed.
struct crash_count {
  std::string record;  ///< unique name of its crash record
  std::string node;
  bool proven = false;  ///< ended by a fatal signal; otherwise it may have been killed from outside
  std::vector<crash_key> tasks;
};

/// Adds a crash to each of the tasks. Returns false and adds nothing if that record was counted before. Removes rows older
/// than a week, which bounds the table.
bool count_crash(unit_of_work& work, crash_count crashed);
/// Number of crashes of that task.
std::uint32_t crashes_of(unit_of_work& work, const crash_key& task);
/// Tasks that must be executed in isolation: the newest 10,000 tasks that were running when a process was ended by a fatal
/// signal, or twice when a process ended without one.
std::vector<crash_key> find_quarantined(unit_of_work& work);
/// Removes a task from the quarantine after an isolated execution without a crash, unless it will be retried.
void clear_quarantine(unit_of_work& work, const crash_key& task);

}  // namespace millrace::postgres
