#pragma once

#include "connectors/postgres/session/session.hpp"
#include "runtime/schedule/zoned_cron.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace millrace::actors {

/// The result of one pass over the schedules.
struct due_schedules {
  struct fired {
    std::string name;
    std::size_t fires;               ///< number of tasks enqueued; 0 if all runs were skipped
    bool missed;                     ///< runs were skipped because of catch_up
    std::chrono::microseconds late;  ///< of the last run
  };
  struct problem {
    std::string name, message;
  };
  bool leads = false;                ///< false: another scheduler leads
  std::vector<std::string> enabled;  ///< names of all enabled schedules
  std::vector<fired> done;
  std::vector<problem> problems;                  ///< problems that did not exist before this pass
  std::optional<std::chrono::microseconds> next;  ///< time until the next run, by the database's clock
};

/// Enqueues the tasks of all due schedules, if this session leads or becomes the leader. Each schedule is handled in its own
/// transaction, which advances its time and adds the tasks to the outbox, and which takes effect once even if two schedulers
/// consider themselves leaders. Times are the database's. `backend` is as in `postgres::lead_schedulers`. A failure ends the
/// pass; schedules already handled stay committed.
tl::expected<due_schedules, postgres::failure> run_schedules(postgres::session& session, int& backend);
/// Enqueues a schedule's task once, now, in the caller's transaction, whether or not it is enabled, and without an effect on
/// its regular runs. Returns the task's id, or an empty string if the schedule does not exist.
std::string run_schedule_now(unit_of_work& work, const std::string& name);
/// Like `run_schedules`, without checking for the leader.
tl::expected<due_schedules, postgres::failure> fire_schedules(postgres::session& session);

}  // namespace millrace::actors
