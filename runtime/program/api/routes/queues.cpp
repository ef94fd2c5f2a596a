#include "actors/operations/queue_change.hpp"
#include "actors/operations/queue_view.hpp"
#include "monitoring/log/log.hpp"
#include "runtime/program/api/route.hpp"

namespace millrace::api {
namespace {

using postgres::queue_control;

const parameter queue_name{"queue", place::path, kind::text, "name of the queue", true};
const parameter reason{"why", place::body, kind::text, "the reason, for the audit log", true, 1, 1000};

/// An ETag of ours without its quotes; anything else fits nothing.
std::string unquoted(std::string_view etag) {
  if (etag.size() > 2 && etag.starts_with('"') && etag.ends_with('"')) etag = etag.substr(1, etag.size() - 2);
  return std::string{etag};
}

std::string etag_of(const queue_control& c) { return "\"" + std::to_string(c.version) + "\""; }

const config::queue_settings& settings_of(const call& c, const std::string& queue) {
  for (auto* q : c.shared.settings.queues.all())
    if (q->name == queue) return *q;
  throw problem{problem_kind::not_found, "no queue of that name is consumed; GET /api/v1/queues lists them"};
}

/// What the broker holds; nothing where its management is not configured or does not answer.
queue_depths depths(call& c) {
  if (!c.shared.management) return {};
  auto told = ask_depths(*c.shared.management, c.shared.settings.amqp);
  if (told) return *std::move(told);
  monitoring::log(monitoring::level::warn, "the broker's management does not tell what its queues hold",
                  {{"error", told.error()}});
  return {};
}

answer list(call& c) {
  std::vector<queue_control> set;
  c.database.run([&](unit_of_work& work) { set = postgres::read_queue_controls(work); });
  answer a;
  a.body["queues"] = to_json(c.shared.settings.queues, set, depths(c));
  return a;
}

answer show(call& c) {
  auto& q = settings_of(c, c.args.text("queue"));
  queue_control now;
  c.database.run([&](unit_of_work& work) { now = postgres::lock_queue_control(work, q.name); });
  return {200, to_json(q, now, depths(c)[q.name]), etag_of(now)};
}

answer change(call& c, const char* action, const std::function<void(queue_control&)>& edit) {
  auto& q = settings_of(c, c.args.text("queue"));
  queue_order order{q.name, c.who.name, c.args.text("why"), action, edit};
  if (c.if_match != "*") order.expected_version = unquoted(c.if_match);
  queue_control after;
  try {
    c.database.run([&](unit_of_work& work) { after = change_queue(work, order); });
  } catch (const queue_changed_meanwhile& e) {
    throw problem{problem_kind::precondition_failed, e.what()};
  }
  auto body = to_json(q, after, {});
  for (const auto* name : {"ready", "unacked", "consumers"}) body.erase(name);  // the order is not about those
  return {200, std::move(body), etag_of(after)};
}

answer pause(call& c) {
  return change(c, "queue.pause", [](queue_control& q) { q.paused = true; });
}
answer resume(call& c) {
  return change(c, "queue.resume", [](queue_control& q) { q.paused = false; });
}

answer limit(call& c) {
  const bool concurrency = c.args.json().contains("concurrency"), rate = c.args.json().contains("rate_limit");
  if (!concurrency && !rate)
    throw problem{problem_kind::invalid_request, "name concurrency, rate_limit or both; null takes a limit away"};
  const auto prefetch = settings_of(c, c.args.text("queue")).prefetch;
  if (c.args.has("concurrency") && c.args.integer("concurrency") > prefetch)
    throw problem{problem_kind::invalid_request,
                  "concurrency would never be reached",
                  {{"concurrency", "is above the queue's prefetch, " + std::to_string(prefetch)}}};
  return change(c, "queue.limit", [&](queue_control& q) {
    if (concurrency) q.concurrency = c.args.has("concurrency") ? std::optional{c.args.integer("concurrency")} : std::nullopt;
    if (rate) q.rate_limit = c.args.has("rate_limit") ? std::optional{c.args.number("rate_limit")} : std::nullopt;
  });
}

}  // namespace

void add_queue_routes(std::vector<route>& all) {
  all.push_back({"list_queues",
                 "GET",
                 "/api/v1/queues",
                 permission::read,
                 tenant_scope::all_tenants,
                 "The queues: what waits in each, and what is set for it. Numbers are null where the broker's management "
                 "does not tell",
                 "queues",
                 {},
                 list});
  all.push_back({"show_queue",
                 "GET",
                 "/api/v1/queues/{queue}",
                 permission::read,
                 tenant_scope::all_tenants,
                 "What waits in a queue, and what is set for it; the ETag is of the latter",
                 "queue",
                 {queue_name},
                 show,
                 true});
  all.push_back({"pause_queue",
                 "POST",
                 "/api/v1/queues/{queue}/pause",
                 permission::operate,
                 tenant_scope::all_tenants,
                 "Take nothing more from a queue, on every node; what is under way is finished",
                 "queue",
                 {queue_name, reason},
                 pause,
                 true});
  all.push_back({"resume_queue",
                 "POST",
                 "/api/v1/queues/{queue}/resume",
                 permission::operate,
                 tenant_scope::all_tenants,
                 "Take from a paused queue again",
                 "queue",
                 {queue_name, reason},
                 resume,
                 true});
  all.push_back({"limit_queue",
                 "PATCH",
                 "/api/v1/queues/{queue}",
                 permission::operate,
                 tenant_scope::all_tenants,
                 "Set how many effects run at once on each node, and how many deliveries a second all nodes take",
                 "queue",
                 {queue_name,
                  reason,
                  {"concurrency",
                   place::body,
                   kind::integer,
                   "effects at once on each node, as far as their types' own limits (GET /api/v1/types) and the "
                   "queue's prefetch go; null: as configured",
                   false,
                   1,
                   10'000,
                   {},
                   true},
                  {"rate_limit",
                   place::body,
                   kind::number,
                   "deliveries a second over all nodes; null: no limit",
                   false,
                   0.01,
                   1'000'000,
                   {},
                   true}},
                 limit,
                 true});
}

}  // namespace millrace::api
