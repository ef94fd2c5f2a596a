#include "actors/delivery/dead_letter_row.hpp"

#include "actors/delivery/topology.hpp"
#include "connectors/amqp/properties.hpp"

#include <nlohmann/json.hpp>

namespace millrace::actors {
namespace {

/// All properties as a JSON object, for display.
std::string properties_json(const amqp::delivery& source) {
  using nlohmann::json;
  auto p = amqp::decode_properties(source.raw_properties);
  if (!p) return json{{"unreadable", p.error()}}.dump(-1, ' ', false, json::error_handler_t::replace);
  json all{{"headers", json::parse(amqp::to_json(p->headers), nullptr, false)}, {"delivery_mode", p->delivery_mode}};
  auto add = [&all](const char* name, const std::string& text) {
    if (!text.empty()) all[name] = text;
  };
  add("content_type", p->content_type);
  add("content_encoding", p->content_encoding);
  add("correlation_id", p->correlation_id);
  add("reply_to", p->reply_to);
  add("expiration", p->expiration);
  add("message_id", p->message_id);
  add("type", p->type);
  add("user_id", p->user_id);
  add("app_id", p->app_id);
  if (p->priority) all["priority"] = *p->priority;
  if (p->time) all["timestamp"] = p->time->seconds;
  return all.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

postgres::dead_letter_row dead_letter_of(const task& t, const amqp::delivery& source, const dead& why,
                                         std::uint32_t attempts) {
  auto identity =
      t.tenant + "\n" + t.type + "\n" + std::to_string(t.generation) + "\n" + std::to_string(source.body_size) + "\n";
  if (why.reason == dead_reason::id_conflict)
    identity += "conflict\n";  // keeps it apart from the dead letter of the task that owns the id
  return {.id = to_string(uuid::v5(t.id, {identity, source.body})),
          .tenant = t.tenant,
          .task_id = to_string(t.id),
          .original_id = t.original_id,
          .type = t.type,
          .queue = t.queue,
          .reason = to_string(why.reason),
          .error = why.error,
          .attempts = attempts,
          .generation = t.generation,
          .exchange = source.exchange,
          .routing_key = source.routing_key,
          .content_type = t.content == content_type::json ? "application/json" : "application/msgpack",
          .properties_json = properties_json(source),
          .raw_properties = source.raw_properties,
          .payload = source.body,
          .body_size = source.body_size,
          .parked_in = source.oversized ? parking_queue : "",
          .correlation_id = t.correlation_id,
          .traceparent = t.traceparent};
}

std::vector<postgres::audit_row> audit_rows_of(const std::vector<postgres::dead_letter_row>& dead_letters,
                                               const std::string& node) {
  std::vector<postgres::audit_row> trail;
  trail.reserve(dead_letters.size());
  for (auto& l : dead_letters)
    trail.push_back({.actor = node,
                     .action = "task.dead",
                     .tenant = std::string{l.tenant},
                     .subject = l.task_id,
                     .detail = R"({"dead_reason":")" + std::string{l.reason} + R"("})"});
  return trail;
}

}  // namespace millrace::actors
