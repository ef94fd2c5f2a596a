#include "actors/background/due_schedules.hpp"
#include "actors/background/schedule_view.hpp"
#include "config/text/digest.hpp"
#include "config/text/encoding.hpp"
#include "connectors/postgres/audit/audit_store.hpp"
#include "connectors/postgres/cluster/schedule_store.hpp"
#include "runtime/program/api/resources.hpp"
#include "runtime/program/api/shared_parameters.hpp"
#include "runtime/task/traceparent.hpp"

#include <chrono>

namespace millrace::api {
namespace {

using nlohmann::ordered_json;

const parameter schedule_name{.name = "name",
                              .in = location::path,
                              .type = value_type::text,
                              .description = "schedule name",
                              .required = true,
                              .max = 128};

answer list(call& c) {
  const auto limit = c.args.integer("limit", 100);
  std::vector<actors::schedule_view> found;
  c.database.run([&](unit_of_work& work) {
    found = actors::view_schedules(work, {.tenant = c.tenant(), .after = c.args.text("cursor"), .limit = limit + 1});
  });
  const bool more = std::ssize(found) > limit;
  if (more) found.pop_back();
  answer a{200, {{"schedules", ordered_json::array()}, {"next_cursor", nullptr}}};
  for (auto& s : found) a.body["schedules"].push_back(actors::to_json(s));
  if (more) a.body["next_cursor"] = found.back().row.name;
  return a;
}

/// Covers everything that can be changed or configured, including the payload, but not the members that change by
/// themselves.
std::string etag_of(const actors::schedule_view& s) {
  auto configured = actors::to_json(s);
  for (const auto* changing : {"next", "last_fired", "problem"}) configured.erase(changing);
  const auto digest = text::sha256(configured.dump() + s.row.payload_digest);
  return '"' + text::to_hex(std::string_view{digest}.substr(0, 8)) + '"';
}

/// Locks and returns the schedule of the request. Throws `problem`: not_found if it does not exist or the caller may not
/// access it, precondition_failed if its ETag does not match `if_match`.
actors::schedule_view lock_schedule(unit_of_work& work, const call& c, std::string_view if_match) {
  const auto now = std::chrono::floor<std::chrono::seconds>(
      std::chrono::sys_time<std::chrono::microseconds>{std::chrono::microseconds{postgres::database_now(work)}});
  auto row = postgres::lock_schedule(work, c.args.text("name"));
  const std::string unknown = "unknown schedule; see GET /api/v1/schedules";
  if (!row) throw problem{problem_kind::not_found, unknown};
  if (!c.may_touch(row->tenant)) throw foreign{unknown, "schedule " + row->name};
  auto view = actors::view_of(*std::move(row), now);
  if (!if_match.empty() && if_match != "*" && if_match != etag_of(view))
    throw problem{problem_kind::precondition_failed, "the schedule has changed since it was read; read it again"};
  return view;
}

answer show(call& c) {
  answer a;
  c.database.run([&](unit_of_work& work) {
    const auto s = lock_schedule(work, c, {});
    a = {200, actors::to_json(s), etag_of(s)};
  });
  return a;
}

void record(unit_of_work& work, const call& c, const char* action, const postgres::schedule_record& s) {
  const auto detail = nlohmann::json{{"reason", c.args.text("reason")}}.dump();
  postgres::add_audit(work, std::vector<postgres::audit_row>{{c.who.name, action, s.tenant, s.name, detail}});
}

answer enable(call& c, bool enabled) {
  answer a;
  c.database.run([&](unit_of_work& work) {
    postgres::enable_schedule(work, lock_schedule(work, c, c.if_match).row.name, enabled);
    const auto after = lock_schedule(work, c, {});
    record(work, c, enabled ? "schedule.resume" : "schedule.pause", after.row);
    a = {200, actors::to_json(after), etag_of(after)};
  });
  return a;
}

answer pause(call& c) { return enable(c, false); }
answer resume(call& c) { return enable(c, true); }

answer run(call& c) {
  answer a;
  c.database.run([&](unit_of_work& work) {
    const auto s = lock_schedule(work, c, c.if_match);
    record(work, c, "schedule.run", s.row);
    a = {202, {{"name", s.row.name}, {"task_id", actors::run_schedule_now(work, s.row.name)}}};
  });
  return a;
}

}  // namespace

std::vector<route> schedule_routes() {
  return {
      {.operation = "list_schedules",
       .method = "GET",
       .path = "/api/v1/schedules",
       .summary = "List schedules by name, with their next run",
       .permission = permission::read,
       .scope = tenant_scope::one_tenant,
       .parameters = {tenant_filter(), page_size(), page_cursor()},
       .response = "schedules",
       .handler = list},
      {.operation = "show_schedule",
       .method = "GET",
       .path = "/api/v1/schedules/{name}",
       .summary = "Show a schedule. The ETag covers its payload and all members except `next`, `last_fired` and `problem`",
       .permission = permission::read,
       .scope = tenant_scope::one_tenant,
       .parameters = {schedule_name},
       .response = "schedule",
       .handler = show,
       .has_etag = true},
      {.operation = "pause_schedule",
       .method = "POST",
       .path = "/api/v1/schedules/{name}/pause",
       .summary = "Disable a schedule",
       .permission = permission::operate,
       .scope = tenant_scope::one_tenant,
       .parameters = {schedule_name, reason_parameter()},
       .response = "schedule",
       .handler = pause,
       .has_etag = true},
      {.operation = "resume_schedule",
       .method = "POST",
       .path = "/api/v1/schedules/{name}/resume",
       .summary = "Enable a schedule. Runs missed while it was disabled are not made up for",
       .permission = permission::operate,
       .scope = tenant_scope::one_tenant,
       .parameters = {schedule_name, reason_parameter()},
       .response = "schedule",
       .handler = resume,
       .has_etag = true},
      {.operation = "run_schedule",
       .method = "POST",
       .path = "/api/v1/schedules/{name}/run",
       .summary = "Run a schedule's task once, now",
       .permission = permission::operate,
       .scope = tenant_scope::one_tenant,
       .parameters = {schedule_name, reason_parameter()},
       .response = "schedule_run",
       .handler = run,
       .has_etag = true},
  };
}

}  // namespace millrace::api
