#include "runtime/program/api/parameter.hpp"

#include <cmath>

namespace millrace::api {
namespace {

using json = nlohmann::ordered_json;

json bound(double value) { return value == std::floor(value) ? json(static_cast<std::int64_t>(value)) : json(value); }

json of_kind(const parameter& f) {
  switch (f.of) {
    case kind::text:
      return {{"type", "string"}, {"minLength", 0}, {"maxLength", bound(f.most)}};
    case kind::integer:
      return {{"type", "integer"}, {"minimum", bound(f.least)}, {"maximum", bound(f.most)}};
    case kind::number:
      return {{"type", "number"}, {"minimum", bound(f.least)}, {"maximum", bound(f.most)}};
    case kind::boolean:
      return {{"type", "boolean"}};
    case kind::uuid:
      return {{"type", "string"}, {"format", "uuid"}};
    case kind::uuids:
      return {{"type", "array"},
              {"items", {{"type", "string"}, {"format", "uuid"}}},
              {"minItems", 1},
              {"maxItems", bound(f.most)}};
    case kind::choice: {
      json all = json::array();
      for (auto choice : f.choices) all.push_back(choice);
      return {{"type", "string"}, {"enum", all}};
    }
    case kind::moment:
      return {{"type", "string"}, {"format", "date-time"}};
    case kind::any:
      return json::object();
  }
  return json::object();
}

}  // namespace

nlohmann::ordered_json schema_of(const parameter& f) {
  auto schema = of_kind(f);
  if (f.of == kind::text) schema["minLength"] = f.least > 0 ? 1 : 0;
  if (f.nullable && schema.contains("type")) schema["type"] = json::array({schema["type"], "null"});
  return schema;
}

}  // namespace millrace::api
