#include "runtime/program/api/response_schemas.hpp"

#include <initializer_list>
#include <string>
#include <utility>

namespace millrace::api {
namespace {

using json = nlohmann::ordered_json;
using members = std::initializer_list<std::pair<const char*, json>>;

const json text{{"type", "string"}}, whole{{"type", "integer"}}, number{{"type", "number"}}, flag{{"type", "boolean"}};
const json uuid{{"type", "string"}, {"format", "uuid"}}, moment{{"type", "string"}, {"format", "date-time"}};
const json anything = json::object();

json or_null(json schema) {
  schema["type"] = {schema["type"], "null"};
  return schema;
}

json one_of(std::initializer_list<const char*> words) {
  json schema{{"type", "string"}, {"enum", json::array()}};
  for (const auto* word : words) schema["enum"].push_back(word);
  return schema;
}

json list_of(json schema) { return {{"type", "array"}, {"items", std::move(schema)}}; }
json ref(const char* name) { return {{"$ref", std::string{"#/components/schemas/"} + name}}; }

json object(members required_members, members optional_members = {}) {
  json properties = json::object(), required = json::array();
  for (const auto& [name, schema] : required_members) properties[name] = schema, required.push_back(name);
  for (const auto& [name, schema] : optional_members) properties[name] = schema;
  return {{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
}

json queue() {
  const members settings{{"queue", text},
                         {"paused", flag},
                         {"concurrency", whole},
                         {"configured_concurrency", whole},
                         {"rate_limit", or_null(number)},
                         {"version", whole},
                         {"changed_at", or_null(moment)},
                         {"changed_by", or_null(text)},
                         {"reason", or_null(text)}};
  auto schema = object(settings, {{"ready", or_null(whole)}, {"unacked", or_null(whole)}, {"consumers", or_null(whole)}});
  schema["description"] = "settings of a queue. Responses to GET also contain its depth at the broker, null if unknown";
  return schema;
}

json task() {
  return object({{"id", uuid},
                 {"original_id", or_null(text)},
                 {"tenant", text},
                 {"type", or_null(text)},
                 {"queue", or_null(text)},
                 {"state", one_of({"scheduled", "running", "retrying", "succeeded", "dead", "cancelled", "expired"})},
                 {"published_at", or_null(moment)},
                 {"received_at", or_null(moment)},
                 {"started_at", or_null(moment)},
                 {"finished_at", or_null(moment)},
                 {"correlation_id", or_null(text)},
                 {"traceparent", or_null(text)},
                 {"node", or_null(text)},
                 {"error", or_null(text)},
                 {"attempt", whole},
                 {"generation", whole},
                 {"result", anything}});
}

json dead_letter() {
  auto schema = object({{"id", uuid},
                        {"died_at", moment},
                        {"dead_reason", text},
                        {"class", text},
                        {"fingerprint", or_null(text)},
                        {"error", or_null(text)},
                        {"task_id", or_null(text)},
                        {"original_id", or_null(text)},
                        {"tenant", or_null(text)},
                        {"type", or_null(text)},
                        {"queue", or_null(text)},
                        {"content_type", or_null(text)},
                        {"correlation_id", or_null(text)},
                        {"traceparent", or_null(text)},
                        {"parked_in", or_null(text)},
                        {"replayed_at", or_null(moment)},
                        {"replayed_by", or_null(text)},
                        {"discarded_at", or_null(moment)},
                        {"discarded_by", or_null(text)},
                        {"run_id", or_null(text)},
                        {"reason", or_null(text)},
                        {"attempts", whole},
                        {"body_size", whole}},
                       {{"properties", anything}, {"payload_base64", text}});
  schema["description"] =
      "properties and payload_base64 are present only when a single dead letter is shown to an operator or admin";
  return schema;
}

json dead_letter_group() {
  return object({{"fingerprint", text},
                 {"dead_letters", whole},
                 {"queue", text},
                 {"type", text},
                 {"dead_reason", text},
                 {"class", text},
                 {"newest_at", moment},
                 {"error", text}});
}

json dead_letters_settled() {
  auto result = object({{"run_id", uuid},
                        {"settled", whole},
                        {"refused", whole},
                        {"refusals", list_of(object({{"id", uuid}, {"reason", text}}))},
                        {"remaining", or_null(whole)},
                        {"stopped", or_null(text)}},
                       {{"next_at", moment}});
  result["description"] =
      "result of the request. If the database failed, `stopped` has the reason and `remaining` is null. Repeat the request "
      "to "
      "process the remaining dead letters; a replay keeps its rate if `not_before` is set to this `next_at`";
  auto preview = object({{"dry_run", {{"const", true}}},
                         {"matching", whole},
                         {"dead_reasons", {{"type", "object"}, {"additionalProperties", whole}}},
                         {"oldest", list_of(ref("dead_letter"))}});
  preview["description"] = "with dry_run: the dead letters that the request would settle";
  return {{"oneOf", {std::move(result), std::move(preview)}}};
}

json schedule() {
  return object({{"name", text},
                 {"enabled", flag},
                 {"cron", text},
                 {"timezone", text},
                 {"type", text},
                 {"tenant", text},
                 {"queue", or_null(text)},
                 {"catch_up", one_of({"skip", "last", "all"})},
                 {"origin", text},
                 {"next", or_null(moment)},
                 {"last_fired", or_null(moment)},
                 {"problem", or_null(text)}});
}

json audit_entry() {
  return object({{"id", whole},
                 {"at", moment},
                 {"actor", text},
                 {"action", text},
                 {"tenant", or_null(text)},
                 {"subject", text},
                 {"detail", anything}});
}

json node() {
  return object(
      {{"identity", text}, {"name", text}, {"version", text}, {"started_at", moment}, {"alive", flag}, {"answers", flag}});
}

json task_type() {
  return object({{"type", text},
                 {"kind", one_of({"transactional", "effect"})},
                 {"timeout_ms", whole},
                 {"max_attempts", whole},
                 {"concurrency", whole},
                 {"id_required", flag}});
}

/// `list` is complete, `page` is part of a list: `next_cursor` requests the next page and is null on the last one.
json list(const char* name, const char* schema) { return object({{name, list_of(ref(schema))}}); }
json page(const char* name, const char* schema) {
  return object({{name, list_of(ref(schema))}, {"next_cursor", or_null(text)}});
}

}  // namespace

nlohmann::ordered_json response_schemas() {
  return {{"queue", queue()},
          {"queues", list("queues", "queue")},
          {"task", task()},
          {"tasks", page("tasks", "task")},
          {"task_submitted", object({{"id", uuid}})},
          {"task_cancelled", object({{"verdict", one_of({"cancelled", "requested", "pending_arrival"})}})},
          {"task_retried", object({{"run_id", uuid}, {"dead_letter", uuid}, {"task_id", text}})},
          {"dead_letter", dead_letter()},
          {"dead_letters", page("dead_letters", "dead_letter")},
          {"dead_letter_group", dead_letter_group()},
          {"dead_letter_groups", page("groups", "dead_letter_group")},
          {"dead_letter_replayed", object({{"run_id", uuid}, {"id", uuid}, {"task_id", text}})},
          {"dead_letters_settled", dead_letters_settled()},
          {"schedule", schedule()},
          {"schedules", page("schedules", "schedule")},
          {"schedule_run", object({{"name", text}, {"task_id", uuid}})},
          {"audit_entry", audit_entry()},
          {"audit", page("audit", "audit_entry")},
          {"node", node()},
          {"nodes", list("nodes", "node")},
          {"task_type", task_type()},
          {"task_types", list("types", "task_type")},
          {"openapi", {{"type", "object"}, {"description", "an OpenAPI 3.1 document"}}}};
}

}  // namespace millrace::api
