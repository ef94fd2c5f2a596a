#include "actors/background/due_schedules.hpp"
#include "actors/background/schedule_view.hpp"
#include "connectors/postgres/audit/audit_store.hpp"
#include "connectors/postgres/cluster/schedule_store.hpp"
#include "runtime/program/api/auth/sha256.hpp"
#include "runtime/program/api/route.hpp"
#include "runtime/task/traceparent.hpp"

#include <chrono>

namespace millrace::api {
namespace {

using nlohmann::ordered_json;

const parameter schedule_name{"name", place::path, kind::text, "name of the schedule", true, 1, 128};
const parameter reason{"why", place::body, kind::text, "the reason, for the audit log", true, 1, 1000};

answer list(call& c) {
  const auto limit = c.args.integer("limit", 100);
  std::vector<schedule_view> found;
  c.database.run([&](unit_of_work& work) {
    found = view_schedules(work, {.tenant = c.tenant(), .after = c.args.text("cursor"), .limit = limit + 1});
  });
  const bool more = std::ssize(found) > limit;
  if (more) found.pop_back();
  answer a{200, {{"schedules", ordered_json::array()}, {"next_cursor", nullptr}}};
  for (auto& s : found) a.body["schedules"].push_back(to_json(s));
  if (more) a.body["next_cursor"] = found.back().row.name;
  return a;
}

/// Of what an operator can change or configure, its payload too; the times of its fires are left out, as they change by
/// themselves.
std::string etag_of(const schedule_view& s) {
  auto lasting = to_json(s);
  for (const auto* passing : {"next", "last_fired", "problem"}) lasting.erase(passing);
  const auto digest = sha256(lasting.dump() + s.row.payload_digest);
  return '"' + to_hex({reinterpret_cast<const std::uint8_t*>(digest.data()), 8}) + '"';
}

/// The schedule that the request names, locked. Throws `problem`: not_found unless the caller may touch it,
/// precondition_failed if it is not the one that `if_match` names.
schedule_view locked(unit_of_work& work, const call& c, std::string_view if_match) {
  const auto now = std::chrono::floor<std::chrono::seconds>(
      std::chrono::sys_time<std::chrono::microseconds>{std::chrono::microseconds{postgres::database_now(work)}});
  auto row = postgres::lock_schedule(work, c.args.text("name"));
  const std::string unknown = "no schedule of that name; GET /api/v1/schedules lists them";
  if (!row) throw problem{problem_kind::not_found, unknown};
  if (!c.may_touch(row->tenant)) throw foreign{unknown, "schedule " + row->name};
  auto view = view_of(*std::move(row), now);
  if (!if_match.empty() && if_match != "*" && if_match != etag_of(view))
    throw problem{problem_kind::precondition_failed, "the schedule has changed since it was read; read it again"};
  return view;
}

answer show(call& c) {
  answer a;
  c.database.run([&](unit_of_work& work) {
    const auto s = locked(work, c, {});
    a = {200, to_json(s), etag_of(s)};
  });
  return a;
}

void enter(unit_of_work& work, const call& c, const char* action, const postgres::schedule_record& s) {
  const auto detail = nlohmann::json{{"why", c.args.text("why")}}.dump();
  postgres::add_audit(work, std::vector<postgres::audit_row>{{c.who.name, action, s.tenant, s.name, detail}});
}

answer enable(call& c, bool enabled) {
  answer a;
  c.database.run([&](unit_of_work& work) {
    postgres::enable_schedule(work, locked(work, c, c.if_match).row.name, enabled);
    const auto after = locked(work, c, {});
    enter(work, c, enabled ? "schedule.resume" : "schedule.pause", after.row);
    a = {200, to_json(after), etag_of(after)};
  });
  return a;
}

answer pause(call& c) { return enable(c, false); }
answer resume(call& c) { return enable(c, true); }

answer run(call& c) {
  answer a;
  c.database.run([&](unit_of_work& work) {
    const auto s = locked(work, c, c.if_match);
    enter(work, c, "schedule.run", s.row);
    a = {202, {{"name", s.row.name}, {"task_id", run_schedule_now(work, s.row.name)}}};
  });
  return a;
}

}  // namespace

void add_schedule_routes(std::vector<route>& all) {
  all.push_back({"list_schedules",
                 "GET",
                 "/api/v1/schedules",
                 permission::read,
                 tenant_scope::one_tenant,
                 "What recurs, by name, and when it fires next",
                 "schedules",
                 {{"tenant", place::query, kind::text, "tenant", false, 1, 64},
                  {"limit", place::query, kind::integer, "schedules of a page; 100 without it", false, 1, 500},
                  {"cursor", place::query, kind::text, "next_cursor of the page before", false, 1, 128}},
                 list});
  all.push_back(
      {"show_schedule",
       "GET",
       "/api/v1/schedules/{name}",
       permission::read,
       tenant_scope::one_tenant,
       "A schedule; the ETag is of its payload and of all that is shown but the times of its fires and its problem",
       "schedule",
       {schedule_name},
       show,
       true});
  all.push_back({"pause_schedule",
                 "POST",
                 "/api/v1/schedules/{name}/pause",
                 permission::operate,
                 tenant_scope::one_tenant,
                 "Let a schedule fire no more",
                 "schedule",
                 {schedule_name, reason},
                 pause,
                 true});
  all.push_back({"resume_schedule",
                 "POST",
                 "/api/v1/schedules/{name}/resume",
                 permission::operate,
                 tenant_scope::one_tenant,
                 "Let a schedule fire, from now on",
                 "schedule",
                 {schedule_name, reason},
                 resume,
                 true});
  all.push_back({"run_schedule",
                 "POST",
                 "/api/v1/schedules/{name}/run",
                 permission::operate,
                 tenant_scope::one_tenant,
                 "Fire a schedule's task once, now",
                 "schedule_run",
                 {schedule_name, reason},
                 run,
                 true});
}

}  // namespace millrace::api
