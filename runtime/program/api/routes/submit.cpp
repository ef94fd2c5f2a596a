#include "config/text/digest.hpp"
#include "connectors/postgres/audit/audit_store.hpp"
#include "connectors/postgres/task/submission_store.hpp"
#include "runtime/program/api/resources.hpp"
#include "runtime/task/task_identity.hpp"
#include "runtime/task/traceparent.hpp"
#include "runtime/task/uuid.hpp"

namespace millrace::api {
namespace {

problem invalid(const std::string& name, const std::string& message) {
  return problem{problem_kind::invalid_request, "`" + name + "`: " + message, {{name, message}}};
}

postgres::submission submission_of(const call& c) {
  auto& a = c.args;
  postgres::submission s;
  s.type = a.text("type");
  s.payload = a.json()["payload"].dump();
  s.id = a.has("id") ? a.text("id") : to_string(uuid::v7(std::chrono::system_clock::now()));
  s.queue = a.text("queue");
  if (auto tenant = c.tenant(); !tenant.empty()) s.tenant = tenant;
  s.due = a.text("due");
  s.correlation_id = a.text("correlation_id");
  s.reply_to = a.text("reply_to");
  s.traceparent = a.text("traceparent");
  if (s.traceparent.empty() && is_traceparent(c.traceparent))
    s.traceparent = c.traceparent;  // W3C Trace Context: ignore an invalid header
  if (a.has("priority")) s.priority = a.integer("priority");
  if (a.has("max_attempts")) s.max_attempts = a.integer("max_attempts");
  return s;
}

void check(const call& c, const postgres::submission& s) {
  if (!c.shared.handlers->find(s.type)) throw invalid("type", "unknown task type; see GET /api/v1/types");
  if (!is_tenant(s.tenant)) throw invalid("tenant", "must be 1 to 64 characters of [A-Za-z0-9._-]");
  if (!s.traceparent.empty() && !is_traceparent(s.traceparent)) throw invalid("traceparent", "not a valid W3C traceparent");
  bool known = s.queue.empty();
  for (auto* q : c.shared.settings.queues.all())
    known = known || (q->name == s.queue && q != &c.shared.settings.queues.dead_letter);
  if (!known) throw invalid("queue", "unknown task queue; see GET /api/v1/queues");
  if (c.idempotency_key.size() > 255) throw invalid("Idempotency-Key", "must be at most 255 bytes long");
}

answer submit(call& c) {
  auto s = submission_of(c);
  check(c, s);
  const std::string key{c.idempotency_key};
  const auto digest = text::sha256(c.args.json().dump());
  std::optional<std::string> id = s.id;
  c.database.run([&](unit_of_work& work) {
    bool is_new = true;
    if (!key.empty()) id = postgres::enter_submission(work, s.tenant, key, digest, s.id, is_new);
    if (!id || !is_new) return;
    postgres::submit(work, s);
    postgres::add_audit(work, std::vector<postgres::audit_row>{
                                  {c.who.name, "task.submit", s.tenant, s.id, nlohmann::json{{"type", s.type}}.dump()}});
  });
  if (!id) throw problem{problem_kind::key_reused, "Idempotency-Key was already used with a different request"};
  return {202, {{"id", *id}}};
}

const std::vector<parameter> parameters{
    {.name = "type",
     .in = location::body,
     .type = value_type::text,
     .description = "task type, one of GET /api/v1/types",
     .required = true},
    {.name = "payload",
     .in = location::body,
     .type = value_type::any,
     .description = "payload for the handler",
     .required = true},
    {.name = "id", .in = location::body, .type = value_type::uuid, .description = "task id; generated if absent"},
    {.name = "queue", .in = location::body, .type = value_type::text, .description = "queue; routed by type if absent"},
    {.name = "tenant",
     .in = location::body,
     .type = value_type::text,
     .description = "tenant; `default` if absent",
     .max = 64},
    {.name = "due", .in = location::body, .type = value_type::timestamp, .description = "earliest execution time"},
    {.name = "priority", .in = location::body, .type = value_type::integer, .description = "0 to 10", .min = 0, .max = 10},
    {.name = "correlation_id",
     .in = location::body,
     .type = value_type::text,
     .description = "copied to the result and to follow-up tasks"},
    {.name = "reply_to", .in = location::body, .type = value_type::text, .description = "queue that receives the result"},
    {.name = "max_attempts",
     .in = location::body,
     .type = value_type::integer,
     .description = "attempts, at most those of the type",
     .max = 1000},
    {.name = "traceparent",
     .in = location::body,
     .type = value_type::text,
     .description = "W3C trace context of the task; takes precedence over the traceparent header",
     .min = 55,
     .max = 255}};

}  // namespace

std::vector<route> submission_routes() {
  return {{.operation = "submit_task",
           .method = "POST",
           .path = "/api/v1/tasks",
           .summary = "Submit a task; at most once per Idempotency-Key",
           .permission = permission::operate,
           .scope = tenant_scope::one_tenant,
           .parameters = parameters,
           .response = "task_submitted",
           .handler = submit,
           .accepts_idempotency_key = true}};
}

}  // namespace millrace::api
