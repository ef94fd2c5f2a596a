#include "runtime/program/api/parameter.hpp"

#include <cmath>

namespace millrace::api {
namespace {

using json = nlohmann::ordered_json;

json bound(double value) { return value == std::floor(value) ? json(static_cast<std::int64_t>(value)) : json(value); }

json type_schema(const parameter& p) {
  switch (p.type) {
    case value_type::text:
      // The minimum counts bytes, minLength counts characters: 1 is the largest bound that both imply.
      return {{"type", "string"}, {"minLength", p.min > 0 ? 1 : 0}, {"maxLength", bound(p.max)}};
    case value_type::integer:
      return {{"type", "integer"}, {"minimum", bound(p.min)}, {"maximum", bound(p.max)}};
    case value_type::number:
      return {{"type", "number"}, {"minimum", bound(p.min)}, {"maximum", bound(p.max)}};
    case value_type::boolean:
      return {{"type", "boolean"}};
    case value_type::uuid:
      return {{"type", "string"}, {"format", "uuid"}};
    case value_type::uuids:
      return {{"type", "array"},
              {"items", {{"type", "string"}, {"format", "uuid"}}},
              {"minItems", 1},
              {"maxItems", bound(p.max)}};
    case value_type::choice: {
      json all = json::array();
      for (auto choice : p.choices) all.push_back(choice);
      return {{"type", "string"}, {"enum", all}};
    }
    case value_type::timestamp:
      return {{"type", "string"}, {"format", "date-time"}};
    case value_type::any:
      return json::object();
  }
  return json::object();
}

}  // namespace

nlohmann::ordered_json schema_of(const parameter& p) {
  auto schema = type_schema(p);
  if (p.nullable && schema.contains("type")) schema["type"] = json::array({schema["type"], "null"});
  return schema;
}

}  // namespace millrace::api
