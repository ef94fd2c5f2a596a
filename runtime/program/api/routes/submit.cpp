#include "connectors/postgres/audit/audit_store.hpp"
#include "connectors/postgres/task/submission_store.hpp"
#include "runtime/program/api/auth/sha256.hpp"
#include "runtime/program/api/route.hpp"
#include "runtime/task/task_identity.hpp"
#include "runtime/task/traceparent.hpp"
#include "runtime/task/uuid.hpp"

namespace millrace::api {

extern const std::vector<parameter> submit_fields;
answer submit_task(call& c);

const std::vector<parameter> submit_fields{
    {"type", place::body, kind::text, "task type; GET /api/v1/types lists them", true},
    {"payload", place::body, kind::any, "what its handler gets", true},
    {"id", place::body, kind::uuid, "its id; made up without it"},
    {"queue", place::body, kind::text, "queue; by type without it"},
    {"tenant", place::body, kind::text, "tenant; default without it", false, 1, 64},
    {"due", place::body, kind::moment, "not before then"},
    {"priority", place::body, kind::integer, "0 to 10", false, 0, 10},
    {"correlation_id", place::body, kind::text, "carried through"},
    {"reply_to", place::body, kind::text, "queue that gets the result"},
    {"max_attempts", place::body, kind::integer, "limits the type's own", false, 1, 1000},
    {"traceparent", place::body, kind::text, "W3C trace context", false, 55, 255}};

namespace {

problem wrong(const char* name, const std::string& why) {
  return problem{problem_kind::invalid_request, std::string{name} + " " + why, {{name, why}}};
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
  if (s.traceparent.empty() && is_traceparent(c.traceparent)) s.traceparent = c.traceparent;  // else as W3C says: ignored
  if (a.has("priority")) s.priority = a.integer("priority");
  if (a.has("max_attempts")) s.max_attempts = a.integer("max_attempts");
  return s;
}

void check(const call& c, const postgres::submission& s) {
  if (!c.shared.handlers->find(s.type)) throw wrong("type", "is not known to this node; GET /api/v1/types lists them");
  if (!is_tenant(s.tenant)) throw wrong("tenant", "has 1 to 64 characters of [A-Za-z0-9._-]");
  if (!s.traceparent.empty() && !is_traceparent(s.traceparent)) throw wrong("traceparent", "is none by W3C Trace Context");
  bool consumed = s.queue.empty();
  for (auto* q : c.shared.settings.queues.all())
    consumed = consumed || (q->name == s.queue && q != &c.shared.settings.queues.dead_letter);
  if (!consumed) throw wrong("queue", "is no queue of tasks; GET /api/v1/queues lists them");
  if (c.idempotency_key.size() > 255) throw wrong("Idempotency-Key", "has more than 255 bytes");
}

}  // namespace

answer submit_task(call& c) {
  auto s = submission_of(c);
  check(c, s);
  const std::string key{c.idempotency_key};
  const auto digest = sha256(c.args.json().dump());
  std::optional<std::string> id = s.id;
  c.database.run([&](unit_of_work& work) {
    bool fresh = true;
    if (!key.empty()) id = postgres::enter_submission(work, s.tenant, key, digest, s.id, fresh);
    if (!id || !fresh) return;
    postgres::submit(work, s);
    postgres::add_audit(work, std::vector<postgres::audit_row>{
                                  {c.who.name, "task.submit", s.tenant, s.id, nlohmann::json{{"type", s.type}}.dump()}});
  });
  if (!id) throw problem{problem_kind::key_reused, "this Idempotency-Key came with another request before"};
  return {202, {{"id", *id}}};
}

}  // namespace millrace::api
