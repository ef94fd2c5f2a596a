#pragma once

#include "connectors/postgres/session/session.hpp"
#include "runtime/schedule/zoned_cron.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

/// What one look at the schedules did.
struct due_schedules {
  struct fired {
    std::string name;
    std::size_t fires;               ///< tasks that were asked for; 0 where all were passed over
    bool missed;                     ///< fires were passed over, as catch_up says
    std::chrono::microseconds late;  ///< of the last fire
  };
  struct problem {
    std::string name, what;
  };
  bool leads = false;                ///< false: another scheduler does the work
  std::vector<std::string> enabled;  ///< all names
  std::vector<fired> done;
  std::vector<problem> problems;                  ///< found now and not before
  std::optional<std::chrono::microseconds> next;  ///< until the next fire, by the database's clock
};

/// Fires what is due, if this session leads or comes to lead. Each schedule is a transaction of its own, which settles the
/// time and adds the tasks to the outbox; it happens once even where two schedulers believe that they lead. Time is the
/// database's. `backend` is as in `postgres::lead_schedulers`. A failure ends the round; what it had fired is fired.
tl::expected<due_schedules, postgres::failure> run_schedules(postgres::session& session, int& backend);
/// Asks for a schedule's task once more, now, in the caller's transaction, whether or not it is enabled; its fires are as
/// they were. The task's id, empty if there is no such schedule.
std::string run_schedule_now(unit_of_work& work, const std::string& name);
/// The same as `run_schedules` without asking who leads.
tl::expected<due_schedules, postgres::failure> fire_schedules(postgres::session& session);

}  // namespace millrace
