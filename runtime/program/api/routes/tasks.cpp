#include "actors/operations/cancel_task.hpp"
#include "actors/operations/retry_task.hpp"
#include "connectors/postgres/task/task_query.hpp"
#include "connectors/postgres/task/task_state.hpp"
#include "runtime/program/api/page_cursor.hpp"
#include "runtime/program/api/route.hpp"
#include "runtime/task/task_identity.hpp"

namespace millrace::api {

answer submit_task(call& c);
extern const std::vector<parameter> submit_fields;

namespace {

using nlohmann::ordered_json;

const parameter task_id{"id", place::path, kind::text, "a UUID, or the producer's own text", true, 1, 128};
const parameter query_tenant{"tenant", place::query, kind::text, "tenant", false, 1, 64};
const parameter body_tenant{"tenant", place::body, kind::text, "whose task it is; default without it", false, 1, 64};
const parameter reason{"why", place::body, kind::text, "the reason, for the audit log", true, 1, 1000};

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
                                     .since_us = c.args.moment_us("since").value_or(hour_ago),
                                     .until_us = c.args.moment_us("until")};
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
  if (found.empty())
    throw problem{problem_kind::not_found, "no task of that id has been taken; it may still wait in its queue"};
  if (found.size() > 1) throw problem{problem_kind::conflict, "several tenants have a task of that id; name the tenant"};
  return {200, to_json(found[0])};
}

std::string tenant_of(const call& c) {
  auto tenant = c.tenant();
  if (tenant.empty()) tenant = "default";
  if (!is_tenant(tenant))
    throw problem{problem_kind::invalid_request,
                  "tenant has 1 to 64 characters of [A-Za-z0-9._-]",
                  {{"tenant", "has 1 to 64 characters of [A-Za-z0-9._-]"}}};
  return tenant;
}

answer cancel(call& c) {
  postgres::cancel_answer done{};
  const cancel_order order{c.args.text("id"), tenant_of(c), c.who.name, c.args.text("why"), c.tenant().empty()};
  try {
    c.database.run([&](unit_of_work& work) { done = cancel_task(work, order); });
  } catch (const task_of_another_tenant& e) {
    throw problem{problem_kind::conflict, e.what()};
  }
  switch (done.verdict) {
    case postgres::cancel_verdict::cancelled:
      return {200, {{"verdict", "cancelled"}}};
    case postgres::cancel_verdict::requested:
      return {202, {{"verdict", "requested"}}};
    case postgres::cancel_verdict::pending_arrival:
      return {202, {{"verdict", "pending_arrival"}}};
    case postgres::cancel_verdict::too_late:
      break;
  }
  throw problem{problem_kind::conflict, std::string{"it has ended already as "} + postgres::to_string(done.state)};
}

answer retry(call& c) {
  const retry_order order{
      c.args.text("id"),
      tenant_of(c),
      {c.who.name, c.args.text("why"), to_string(uuid::v7(std::chrono::system_clock::now())), tenant_of(c)},
      c.args.json().dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
  settled_dead_letter done;
  c.database.run([&](unit_of_work& work) { done = retry_task(work, c.shared.settings, order); });
  if (!done.refusal.empty()) throw problem{problem_kind::conflict, done.refusal};
  return {202, {{"run_id", order.by.run_id}, {"dead_letter", done.id}, {"task_id", done.task_id}}};
}

const std::vector<std::string_view> states{"scheduled", "running", "retrying", "succeeded", "dead", "cancelled", "expired"};

}  // namespace

void add_task_routes(std::vector<route>& all) {
  all.push_back({"list_tasks",
                 "GET",
                 "/api/v1/tasks",
                 permission::read,
                 tenant_scope::one_tenant,
                 "Tasks that were received in a window of time, the newest first",
                 "tasks",
                 {query_tenant,
                  {"type", place::query, kind::text, "task type"},
                  {"queue", place::query, kind::text, "queue"},
                  {"state", place::query, kind::choice, "state", false, 1, 255, states},
                  {"since", place::query, kind::moment, "received then or later; the last hour without it"},
                  {"until", place::query, kind::moment, "received before then"},
                  {"limit", place::query, kind::integer, "tasks of a page; 100 without it", false, 1, 500},
                  {"cursor", place::query, kind::text, "next_cursor of the page before", false, 1, 128}},
                 list});
  all.push_back({"submit_task", "POST", "/api/v1/tasks", permission::operate, tenant_scope::one_tenant,
                 "Ask for a task; with an Idempotency-Key, once", "task_submitted", submit_fields, submit_task, false,
                 true});
  all.push_back({"show_task",
                 "GET",
                 "/api/v1/tasks/{id}",
                 permission::read,
                 tenant_scope::one_tenant,
                 "A task: state, attempts, times, result or error",
                 "task",
                 {task_id, query_tenant},
                 show});
  all.push_back({"cancel_task",
                 "POST",
                 "/api/v1/tasks/{id}/cancel",
                 permission::operate,
                 tenant_scope::one_tenant,
                 "Cancel a task that has not ended",
                 "task_cancelled",
                 {task_id, body_tenant, reason},
                 cancel});
  all.push_back({"retry_task",
                 "POST",
                 "/api/v1/tasks/{id}/retry",
                 permission::operate,
                 tenant_scope::one_tenant,
                 "Try a dead task again, by its latest dead letter",
                 "task_retried",
                 {task_id, body_tenant, reason},
                 retry});
}

}  // namespace millrace::api
