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
  bool proven = false;  ///< a fatal signal ended it; else it may have been killed from outside
  std::vector<crash_key> tasks;
};

/// Adds a crash to each of the tasks, once for each record: false, and nothing is added, if that record was counted before.
/// Removes what is older than a week, which bounds the table.
bool count_crash(unit_of_work& work, crash_count crashed);
/// Crashes counted for that task; 0 if none.
std::uint32_t crashes_of(unit_of_work& work, const crash_key& task);
/// What has to be executed alone: the newest 10,000 tasks that were there when a process was ended by a fatal signal, or
/// twice when one ended without.
std::vector<crash_key> find_quarantined(unit_of_work& work);
/// The task was executed alone and crashed nothing: it is no suspect any more, unless it is to be tried again.
void clear_quarantine(unit_of_work& work, const crash_key& task);

}  // namespace millrace::postgres
