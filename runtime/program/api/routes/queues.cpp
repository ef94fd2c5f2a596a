#include "actors/operations/queue_change.hpp"
#include "actors/operations/queue_view.hpp"
#include "monitoring/log/log.hpp"
#include "runtime/program/api/resources.hpp"
#include "runtime/program/api/shared_parameters.hpp"

namespace millrace::api {
namespace {

using postgres::queue_control;

const parameter queue_name{
    .name = "queue", .in = location::path, .type = value_type::text, .description = "queue name", .required = true};

/// Removes the quotes of an ETag. Text in any other form is returned unchanged and matches no version.
std::string unquoted(std::string_view etag) {
  if (etag.size() > 2 && etag.starts_with('"') && etag.ends_with('"')) etag = etag.substr(1, etag.size() - 2);
  return std::string{etag};
}

std::string etag_of(const queue_control& c) { return "\"" + std::to_string(c.version) + "\""; }

const config::queue_settings& settings_of(const call& c, const std::string& queue) {
  for (auto* q : c.shared.settings.queues.all())
    if (q->name == queue) return *q;
  throw problem{problem_kind::not_found, "unknown queue; see GET /api/v1/queues"};
}

/// Queue depths; empty if the broker's management API is not configured or unavailable.
actors::queue_depths read_depths(call& c) {
  if (!c.shared.broker_management) return {};
  auto depths = actors::ask_depths(*c.shared.broker_management, c.shared.settings.amqp);
  if (depths) return *std::move(depths);
  monitoring::log(monitoring::level::warn, "management API unavailable; queue depths unknown", {{"error", depths.error()}});
  return {};
}

answer list(call& c) {
  std::vector<queue_control> set;
  c.database.run([&](unit_of_work& work) { set = postgres::read_queue_controls(work); });
  answer a;
  a.body["queues"] = operations::to_json(c.shared.settings.queues, set, read_depths(c));
  return a;
}

answer show(call& c) {
  auto& q = settings_of(c, c.args.text("queue"));
  queue_control now;
  c.database.run([&](unit_of_work& work) { now = postgres::lock_queue_control(work, q.name); });
  return {200, operations::to_json(q, now, read_depths(c)[q.name]), etag_of(now)};
}

answer change(call& c, const char* action, const std::function<void(queue_control&)>& edit) {
  auto& q = settings_of(c, c.args.text("queue"));
  operations::queue_order order{q.name, c.who.name, c.args.text("reason"), action, edit};
  if (c.if_match != "*") order.expected_version = unquoted(c.if_match);
  queue_control after;
  try {
    c.database.run([&](unit_of_work& work) { after = operations::change_queue(work, order); });
  } catch (const operations::queue_changed_meanwhile& e) {
    throw problem{problem_kind::precondition_failed, e.what()};
  }
  auto body = operations::to_json(q, after, {});
  for (const auto* name : {"ready", "unacked", "consumers"}) body.erase(name);  // not read here
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
    throw problem{problem_kind::invalid_request, "set concurrency, rate_limit or both; null removes a limit"};
  const auto prefetch = settings_of(c, c.args.text("queue")).prefetch;
  if (c.args.has("concurrency") && c.args.integer("concurrency") > prefetch)
    throw problem{problem_kind::invalid_request,
                  "`concurrency`: must not exceed the queue's prefetch, " + std::to_string(prefetch),
                  {{"concurrency", "must not exceed the queue's prefetch, " + std::to_string(prefetch)}}};
  return change(c, "queue.limit", [&](queue_control& q) {
    if (concurrency) q.concurrency = c.args.has("concurrency") ? std::optional{c.args.integer("concurrency")} : std::nullopt;
    if (rate) q.rate_limit = c.args.has("rate_limit") ? std::optional{c.args.number("rate_limit")} : std::nullopt;
  });
}

}  // namespace

std::vector<route> queue_routes() {
  return {
      {.operation = "list_queues",
       .method = "GET",
       .path = "/api/v1/queues",
       .summary =
           "List the queues with their depths and settings. Depths are null if the broker's management API is unavailable",
       .permission = permission::read,
       .scope = tenant_scope::all_tenants,
       .response = "queues",
       .handler = list},
      {.operation = "show_queue",
       .method = "GET",
       .path = "/api/v1/queues/{queue}",
       .summary = "Show a queue with its depth and settings. The ETag covers the settings",
       .permission = permission::read,
       .scope = tenant_scope::all_tenants,
       .parameters = {queue_name},
       .response = "queue",
       .handler = show,
       .has_etag = true},
      {.operation = "pause_queue",
       .method = "POST",
       .path = "/api/v1/queues/{queue}/pause",
       .summary = "Pause a queue on all nodes. Running tasks finish",
       .permission = permission::operate,
       .scope = tenant_scope::all_tenants,
       .parameters = {queue_name, reason_parameter()},
       .response = "queue",
       .handler = pause,
       .has_etag = true},
      {.operation = "resume_queue",
       .method = "POST",
       .path = "/api/v1/queues/{queue}/resume",
       .summary = "Resume a paused queue",
       .permission = permission::operate,
       .scope = tenant_scope::all_tenants,
       .parameters = {queue_name, reason_parameter()},
       .response = "queue",
       .handler = resume,
       .has_etag = true},
      {.operation = "limit_queue",
       .method = "PATCH",
       .path = "/api/v1/queues/{queue}",
       .summary = "Limit the concurrent effects of a queue per node, and its deliveries per second over all nodes",
       .permission = permission::operate,
       .scope = tenant_scope::all_tenants,
       .parameters = {queue_name,
                      reason_parameter(),
                      {.name = "concurrency",
                       .in = location::body,
                       .type = value_type::integer,
                       .description = "concurrent effects per node, up to the limits of their types (GET /api/v1/types) and "
                                      "the prefetch of the queue; null: the configured value",
                       .max = 10'000,
                       .nullable = true},
                      {.name = "rate_limit",
                       .in = location::body,
                       .type = value_type::number,
                       .description = "deliveries per second over all nodes; null: unlimited",
                       .min = 0.01,
                       .max = 1'000'000,
                       .nullable = true}},
       .response = "queue",
       .handler = limit,
       .has_etag = true},
  };
}

}  // namespace millrace::api
