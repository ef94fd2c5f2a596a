#include "actors/api/route.hpp"
#include "actors/schedule_round.hpp"
#include "actors/schedule_view.hpp"
#include "connectors/postgres/audit_store.hpp"
#include "connectors/postgres/schedule_store.hpp"

namespace millrace::api {
namespace {

using nlohmann::ordered_json;

const field schedule_name{"name", place::path, kind::text, "name of the schedule", true, 1, 128};
const field reason{"why", place::body, kind::text, "the reason, for the audit log", true, 1, 1000};

answer list(call& c) {
  answer a;
  const auto tenant = c.tenant();
  c.database.run([&](unit_of_work& work) {
    a.body = {{"schedules", ordered_json::array()}};
    for (auto& s : view_schedules(work))
      if (tenant.empty() || s.row.tenant == tenant) a.body["schedules"].push_back(to_json(s));
  });
  return a;
}

/// Throws `problem` (not_found) unless the caller may touch it.
void find(unit_of_work& work, const call& c, const std::string& name) {
  const auto tenant = c.tenant();
  for (auto& r : postgres::list_schedules(work))
    if (r.name == name && (tenant.empty() || r.tenant == tenant)) return;
  throw problem{problem_kind::not_found, "no schedule of that name; GET /api/v1/schedules lists them"};
}

void enter(unit_of_work& work, const call& c, const char* action, const std::string& name) {
  const auto detail = nlohmann::json{{"why", c.args.text("why")}}.dump();
  postgres::add_audit(work, std::vector<postgres::audit_row>{{c.who.name, action, {}, name, detail}});
}

answer enable(call& c, bool enabled) {
  const auto name = c.args.text("name");
  c.database.run([&](unit_of_work& work) {
    find(work, c, name);
    postgres::enable_schedule(work, name, enabled);
    enter(work, c, enabled ? "schedule.resume" : "schedule.pause", name);
  });
  return {200, {{"name", name}, {"enabled", enabled}}};
}

answer pause(call& c) { return enable(c, false); }
answer resume(call& c) { return enable(c, true); }

answer run(call& c) {
  const auto name = c.args.text("name");
  std::string id;
  c.database.run([&](unit_of_work& work) {
    find(work, c, name);
    id = run_schedule_now(work, name);
    enter(work, c, "schedule.run", name);
  });
  return {202, {{"name", name}, {"task_id", id}}};
}

}  // namespace

void add_schedule_routes(std::vector<route>& all) {
  all.push_back({"list_schedules",
                 "GET",
                 "/api/v1/schedules",
                 permission::see,
                 reach::one_tenant,
                 "What recurs, and when it fires next",
                 "schedules",
                 {{"tenant", place::query, kind::text, "tenant", false, 1, 64}},
                 list});
  all.push_back({"pause_schedule",
                 "POST",
                 "/api/v1/schedules/{name}/pause",
                 permission::act,
                 reach::one_tenant,
                 "Let a schedule fire no more",
                 "schedule_set",
                 {schedule_name, reason},
                 pause});
  all.push_back({"resume_schedule",
                 "POST",
                 "/api/v1/schedules/{name}/resume",
                 permission::act,
                 reach::one_tenant,
                 "Let a schedule fire, from now on",
                 "schedule_set",
                 {schedule_name, reason},
                 resume});
  all.push_back({"run_schedule",
                 "POST",
                 "/api/v1/schedules/{name}/run",
                 permission::act,
                 reach::one_tenant,
                 "Fire a schedule's task once, now",
                 "schedule_run",
                 {schedule_name, reason},
                 run});
}

}  // namespace millrace::api
