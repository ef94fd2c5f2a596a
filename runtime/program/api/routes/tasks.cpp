#include "actors/operations/cancel_task.hpp"
#include "actors/operations/retry_task.hpp"
#include "connectors/postgres/task/task_query.hpp"
#include "connectors/postgres/task/task_state.hpp"
#include "runtime/program/api/page_cursor.hpp"
#include "runtime/program/api/resources.hpp"
#include "runtime/program/api/shared_parameters.hpp"
#include "runtime/task/task_identity.hpp"

namespace millrace::api {
namespace {

using nlohmann::ordered_json;

const parameter task_id{.name = "id",
                        .in = location::path,
                        .type = value_type::text,
                        .description = "task id: a UUID, or the producer's own id",
                        .required = true,
                        .max = 128};
const parameter task_tenant{.name = "tenant",
                            .in = location::body,
                            .type = value_type::text,
                            .description = "tenant of the task; `default` if absent",
                            .max = 64};

ordered_json to_json(const postgres::task_record& t) {
  const std::pair<const char*, const std::string*> texts[] = {{"id", &t.id},
                                                              {"original_id", &t.original_id},
                                                              {"tenant", &t.tenant},
                                                              {"type", &t.type},
                                                              {"queue", &t.queue},
                                                              {"state", &t.state},
                                                              {"published_at", &t.published_at},
                                                              {"received_at", &t.received_at},
                                                              {"started_at", &t.started_at},
                                                              {"finished_at", &t.finished_at},
                                                              {"correlation_id", &t.correlation_id},
                                                              {"traceparent", &t.traceparent},
                                                              {"node", &t.node},
                                                              {"error", &t.error}};
  ordered_json j;
  for (auto& [name, text] : texts) j[name] = text->empty() ? ordered_json{} : ordered_json(*text);
  j["attempt"] = t.attempt;
  j["generation"] = t.generation;
  j["result"] = t.result.empty() ? ordered_json{} : ordered_json::parse(t.result, nullptr, false);
  if (j["result"].is_discarded()) j["result"] = t.result;
  return j;
}

answer list(call& c) {
  using namespace std::chrono;
  const auto limit = static_cast<std::size_t>(c.args.integer("limit", 100));
  const auto hour_ago = duration_cast<microseconds>((system_clock::now() - hours{1}).time_since_epoch()).count();
  const postgres::task_filter filter{.tenant = c.tenant(),
                                     .type = c.args.text("type"),
                                     .queue = c.args.text("queue"),
                                     .state = c.args.text("state"),
                                     .since_us = c.args.timestamp_us("since").value_or(hour_ago),
                                     .until_us = c.args.timestamp_us("until")};
  const auto after = place_of(c.args.text("cursor"));
  std::vector<postgres::task_record> found;
  c.database.run([&](unit_of_work& work) { found = postgres::list_tasks(work, filter, {after.at, after.id}, limit + 1); });
  const bool more = found.size() > limit;
  if (more) found.pop_back();
  answer a{200, {{"tasks", ordered_json::array()}, {"next_cursor", nullptr}}};
  for (auto& t : found) a.body["tasks"].push_back(to_json(t));
  if (more) a.body["next_cursor"] = cursor_of({found.back().received_at, found.back().id});
  return a;
}

answer show(call& c) {
  std::vector<postgres::task_record> found;
  const auto tenant = c.tenant();
  c.database.run([&](unit_of_work& work) { found = postgres::find_tasks(work, c.args.text("id"), tenant); });
  if (found.empty()) throw problem{problem_kind::not_found, "task not found; it may still be queued at the broker"};
  if (found.size() > 1) throw problem{problem_kind::conflict, "several tenants have a task with this id; specify `tenant`"};
  return {200, to_json(found[0])};
}

std::string tenant_of(const call& c) {
  auto tenant = c.tenant();
  if (tenant.empty()) tenant = "default";
  if (!is_tenant(tenant))
    throw problem{problem_kind::invalid_request,
                  "`tenant`: must be 1 to 64 characters of [A-Za-z0-9._-]",
                  {{"tenant", "must be 1 to 64 characters of [A-Za-z0-9._-]"}}};
  return tenant;
}

answer cancel(call& c) {
  postgres::cancel_answer result{};
  const operations::cancel_order order{c.args.text("id"), tenant_of(c), c.who.name, c.args.text("reason"),
                                       c.tenant().empty()};
  try {
    c.database.run([&](unit_of_work& work) { result = operations::cancel_task(work, order); });
  } catch (const operations::task_of_another_tenant& e) {
    throw problem{problem_kind::conflict, e.what()};
  }
  switch (result.verdict) {
    case postgres::cancel_verdict::cancelled:
      return {200, {{"verdict", "cancelled"}}};
    case postgres::cancel_verdict::requested:
      return {202, {{"verdict", "requested"}}};
    case postgres::cancel_verdict::pending_arrival:
      return {202, {{"verdict", "pending_arrival"}}};
    case postgres::cancel_verdict::too_late:
      break;
  }
  throw problem{problem_kind::conflict, std::string{"task already finished: "} + postgres::to_string(result.state)};
}

answer retry(call& c) {
  const operations::retry_order order{
      c.args.text("id"),
      tenant_of(c),
      {c.who.name, c.args.text("reason"), to_string(uuid::v7(std::chrono::system_clock::now())), tenant_of(c)},
      c.args.json().dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
  operations::settled_dead_letter result;
  c.database.run([&](unit_of_work& work) { result = operations::retry_task(work, c.shared.settings, order); });
  if (!result.refusal.empty()) throw problem{problem_kind::conflict, result.refusal};
  return {202, {{"run_id", order.by.run_id}, {"dead_letter", result.id}, {"task_id", result.task_id}}};
}

const std::vector<std::string_view> states{"scheduled", "running", "retrying", "succeeded", "dead", "cancelled", "expired"};

}  // namespace

std::vector<route> task_routes() {
  return {
      {.operation = "list_tasks",
       .method = "GET",
       .path = "/api/v1/tasks",
       .summary = "List tasks received in a period of time, newest first",
       .permission = permission::read,
       .scope = tenant_scope::one_tenant,
       .parameters =
           {tenant_filter(),
            {.name = "type", .in = location::query, .type = value_type::text, .description = "task type"},
            {.name = "queue", .in = location::query, .type = value_type::text, .description = "queue"},
            {.name = "state", .in = location::query, .type = value_type::choice, .description = "state", .choices = states},
            {.name = "since",
             .in = location::query,
             .type = value_type::timestamp,
             .description = "received at or after this time; default one hour ago"},
            {.name = "until",
             .in = location::query,
             .type = value_type::timestamp,
             .description = "received before this time"},
            page_size(),
            page_cursor()},
       .response = "tasks",
       .handler = list},
      {.operation = "show_task",
       .method = "GET",
       .path = "/api/v1/tasks/{id}",
       .summary = "Show a task: state, attempts, times, result or error",
       .permission = permission::read,
       .scope = tenant_scope::one_tenant,
       .parameters = {task_id, tenant_filter()},
       .response = "task",
       .handler = show},
      {.operation = "cancel_task",
       .method = "POST",
       .path = "/api/v1/tasks/{id}/cancel",
       .summary = "Cancel a task that has not finished",
       .permission = permission::operate,
       .scope = tenant_scope::one_tenant,
       .parameters = {task_id, task_tenant, reason_parameter()},
       .response = "task_cancelled",
       .handler = cancel},
      {.operation = "retry_task",
       .method = "POST",
       .path = "/api/v1/tasks/{id}/retry",
       .summary = "Retry a dead task from its latest dead letter",
       .permission = permission::operate,
       .scope = tenant_scope::one_tenant,
       .parameters = {task_id, task_tenant, reason_parameter()},
       .response = "task_retried",
       .handler = retry},
  };
}

}  // namespace millrace::api
