#include "runtime/program/api/openapi.hpp"

#include "runtime/program/api/response_schemas.hpp"

#include <utility>

namespace millrace::api {
namespace {

using json = nlohmann::ordered_json;

std::string lower(std::string_view method) {
  std::string out;
  for (char c : method) out += static_cast<char>(c | 0x20);
  return out;
}

json header(const char* name, const char* description) {
  return {
      {"name", name}, {"in", "header"}, {"description", description}, {"required", false}, {"schema", {{"type", "string"}}}};
}

json parameters_of(const route& r) {
  json all = json::array();
  for (auto& p : r.parameters) {
    if (p.in == location::body) continue;
    all.push_back({{"name", p.name},
                   {"in", p.in == location::path ? "path" : "query"},
                   {"description", p.description},
                   {"required", p.required},
                   {"schema", schema_of(p)}});
  }
  if (r.has_etag && r.method != "GET")
    all.push_back(header("If-Match", "the ETag as last read; 412 if the object has changed since"));
  if (r.accepts_idempotency_key)
    all.push_back(header("Idempotency-Key", "repeated requests with the same key are executed once"));
  return all;
}

json body_of(const route& r) {
  json properties = json::object(), required = json::array();
  for (auto& p : r.parameters) {
    if (p.in != location::body) continue;
    properties[std::string{p.name}] = schema_of(p);
    properties[std::string{p.name}]["description"] = p.description;
    if (p.required) required.push_back(p.name);
  }
  json schema{{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = required;
  return {{"required", !required.empty()}, {"content", {{"application/json", {{"schema", schema}}}}}};
}

std::string_view roles_of(permission p) {
  switch (p) {
    case permission::read:
      return "viewer, operator, auditor, admin";
    case permission::operate:
      return "operator, admin";
    case permission::audit:
      return "auditor, admin";
    case permission::administer:
      return "admin";
  }
  return "";
}

json schema_named(std::string_view name) { return {{"$ref", "#/components/schemas/" + std::string{name}}}; }

json operation_of(const route& r) {
  const std::string access = "Roles: " + std::string{roles_of(r.permission)} +
                             (r.scope == tenant_scope::all_tenants ? ". Not for credentials of a single tenant." : ".");
  json ok{{"description", "success"}, {"content", {{"application/json", {{"schema", schema_named(r.response)}}}}}};
  if (r.has_etag) ok["headers"]["ETag"] = {{"schema", {{"type", "string"}}}};
  json o{{"operationId", r.operation},
         {"summary", r.summary},
         {"description", access},
         {"parameters", parameters_of(r)},
         {"responses", {{"2XX", ok}, {"default", {{"$ref", "#/components/responses/problem"}}}}}};
  if (r.method != "GET") o["requestBody"] = body_of(r);
  return o;
}

json problem_schema() {
  json text{{"type", "string"}};
  json errors{{"type", "array"}, {"items", {{"type", "object"}, {"properties", {{"field", text}, {"detail", text}}}}}};
  return {{"type", "object"},
          {"required", {"type", "title", "status", "detail"}},
          {"properties",
           {{"type", {{"type", "string"}, {"format", "uri"}}},
            {"title", text},
            {"status", {{"type", "integer"}}},
            {"detail", text},
            {"errors", errors}}}};
}

}  // namespace

nlohmann::ordered_json openapi_document(const std::vector<route>& all) {
  json paths = json::object();
  for (auto& r : all) paths[std::string{r.path}][lower(r.method)] = operation_of(r);
  json schemas = response_schemas();
  schemas["problem"] = problem_schema();
  json problem{{"description", "a problem document (RFC 9457)"},
               {"content", {{"application/problem+json", {{"schema", schema_named("problem")}}}}}};
  return {{"openapi", "3.1.0"},
          {"info", {{"title", "Millrace operator API"}, {"version", MILLRACE_VERSION}}},
          {"servers", json::array({{{"url", "/"}}})},
          {"security", json::array({{{"bearer", json::array()}}})},
          {"paths", paths},
          {"components",
           {{"securitySchemes", {{"bearer", {{"type", "http"}, {"scheme", "bearer"}}}}},
            {"responses", {{"problem", problem}}},
            {"schemas", std::move(schemas)}}}};
}

}  // namespace millrace::api
