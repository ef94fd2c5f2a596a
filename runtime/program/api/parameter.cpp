#include "runtime/program/api/parameter.hpp"

#include "config/text/encoding.hpp"
#include "config/text/utf8.hpp"
#include "runtime/program/api/json_object.hpp"
#include "runtime/task/rfc3339.hpp"
#include "runtime/task/uuid.hpp"

#include <charconv>
#include <cmath>

namespace millrace::api {
namespace {

using nlohmann::json;
using check_error = std::optional<std::string>;

/// A payload may be as deeply nested as in a queue; in a request it is one level below the body.
constexpr payload_limits body_limits{.max_depth = payload_limits{}.max_depth + 1};

std::string range(const parameter& p) {
  auto number = [](double d) { return d == std::floor(d) ? std::to_string(static_cast<long long>(d)) : std::to_string(d); };
  return p.min == p.max ? number(p.min) : number(p.min) + " to " + number(p.max);
}

check_error check_text(const parameter& p, const json& value) {
  if (!value.is_string()) return "must be a string";
  auto& text = value.get_ref<const std::string&>();
  if (!text::is_printable(text)) return "must be one line of UTF-8 without control characters";
  if (static_cast<double>(text.size()) < p.min || static_cast<double>(text.size()) > p.max)
    return "must be " + range(p) + " bytes long";
  return {};
}

check_error check_number(const parameter& p, const json& value) {
  if (p.type == value_type::integer && !value.is_number_integer()) return "must be an integer";
  if (!value.is_number()) return "must be a number";
  auto number = value.get<double>();
  if (!(number >= p.min && number <= p.max)) return "must be " + range(p);
  return {};
}

check_error check_uuid(json& value) {
  auto id = value.is_string() ? uuid::parse(value.get_ref<const std::string&>()) : std::nullopt;
  if (!id) return "must be a UUID";
  value = to_string(*id);
  return {};
}

check_error check_uuids(const parameter& p, json& value) {
  if (!value.is_array() || value.empty() || static_cast<double>(value.size()) > p.max)
    return "must be a list of 1 to " + std::to_string(static_cast<long long>(p.max)) + " UUIDs";
  for (auto& item : value)
    if (auto wrong = check_uuid(item)) return "each item " + *wrong;
  return {};
}

check_error check_choice(const parameter& p, const json& value) {
  std::string all;
  for (auto choice : p.choices) {
    if (value.is_string() && value.get_ref<const std::string&>() == choice) return {};
    all += (all.empty() ? "" : ", ") + std::string{choice};
  }
  return "must be one of " + all;
}

check_error check_timestamp(const json& value) {
  if (!value.is_string() || !parse_rfc3339(value.get_ref<const std::string&>()))
    return "must be an RFC 3339 timestamp with offset, such as 2031-04-01T09:00:00Z";
  return {};
}

/// Writes UUIDs in lower case into `value`.
check_error check(const parameter& p, json& value) {
  if (p.nullable && value.is_null()) return {};
  switch (p.type) {
    case value_type::text:
      return check_text(p, value);
    case value_type::integer:
    case value_type::number:
      return check_number(p, value);
    case value_type::boolean:
      return value.is_boolean() ? check_error{} : "must be true or false";
    case value_type::uuid:
      return check_uuid(value);
    case value_type::uuids:
      return check_uuids(p, value);
    case value_type::choice:
      return check_choice(p, value);
    case value_type::timestamp:
      return check_timestamp(value);
    case value_type::any:
      return {};
  }
  return "has an unknown type";
}

template <class Number>
json number_of(const std::string& text) {
  Number n{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(static_cast<double>(n))) return text;
  return n;
}

/// Converts text of a path or query to the JSON that a body would hold; text of the wrong form stays a string.
json typed(const parameter& p, const std::string& text) {
  if (p.type == value_type::integer) return number_of<std::int64_t>(text);
  if (p.type == value_type::number) return number_of<double>(text);
  if (p.type == value_type::boolean && (text == "true" || text == "false")) return text == "true";
  if (p.type == value_type::uuids) return json::array({text});
  return text;
}

/// Collects the values of a request, still unchecked, and the errors found in it.
struct request_parser {
  const std::vector<parameter>& parameters;
  std::map<std::string, json> values{};
  problem::field_errors errors{};

  const parameter* find(std::string_view name, location in) const {
    for (auto& p : parameters)
      if (p.name == name && p.in == in) return &p;
    return nullptr;
  }
  void add_error(std::string name, std::string message) { errors.emplace_back(std::move(name), std::move(message)); }
  void add_text(const std::string& name, location in, const std::string& text) {
    auto* p = find(name, in);
    if (!p) return add_error(text::excerpt(name), "unknown parameter");
    if (!values.emplace(name, typed(*p, text)).second) add_error(name, "given more than once");
  }
  void parse_query(std::string_view query) {
    while (!query.empty()) {
      auto part = query.substr(0, query.find('&'));
      query.remove_prefix(std::min(query.size(), part.size() + 1));
      if (part.empty()) continue;
      auto equals = part.find('=');
      auto name = text::percent_decoded(part.substr(0, equals), true);
      auto value = text::percent_decoded(equals == part.npos ? std::string_view{} : part.substr(equals + 1), true);
      if (!name || !value)
        add_error(text::excerpt(part), "invalid percent-encoding");
      else
        add_text(*name, location::query, *value);
    }
  }
  void parse_body(std::string_view body) {
    if (body.empty()) return;
    const auto object = parse_json_object(body, body_limits);
    if (!object) return add_error("", "request body " + object.error());
    for (auto& [name, value] : object->items()) {
      if (find(name, location::body))
        values.emplace(name, value);
      else
        add_error(text::excerpt(name), "unknown parameter");
    }
  }
};

std::string detail_of(const problem::field_errors& errors) {
  auto& [name, message] = errors.front();
  return name.empty() ? message : "`" + name + "`: " + message;
}

}  // namespace

arguments arguments::read(const std::vector<parameter>& parameters, const std::map<std::string, std::string>& path,
                          std::string_view query, std::string_view body) {
  request_parser parser{parameters};
  for (auto& [name, text] : path) parser.add_text(name, location::path, text);
  parser.parse_query(query);
  parser.parse_body(body);
  arguments out;
  for (auto& p : parameters) {
    auto found = parser.values.find(std::string{p.name});
    if (found == parser.values.end()) {
      if (p.required) parser.add_error(std::string{p.name}, "required");
      continue;
    }
    if (auto wrong = check(p, found->second)) parser.add_error(found->first, *wrong);
    out.values_[found->first] = std::move(found->second);
  }
  if (!parser.errors.empty()) throw problem{problem_kind::invalid_request, detail_of(parser.errors), parser.errors};
  return out;
}

bool arguments::has(std::string_view name) const { return values_.contains(name) && !values_[std::string{name}].is_null(); }
bool arguments::is_null(std::string_view name) const {
  return values_.contains(name) && values_[std::string{name}].is_null();
}
std::string arguments::text(std::string_view name) const {
  return has(name) ? values_[std::string{name}].get<std::string>() : "";
}
std::int64_t arguments::integer(std::string_view name, std::int64_t fallback) const {
  return has(name) ? values_[std::string{name}].get<std::int64_t>() : fallback;
}
double arguments::number(std::string_view name, double fallback) const {
  return has(name) ? values_[std::string{name}].get<double>() : fallback;
}
bool arguments::flag(std::string_view name) const { return has(name) && values_[std::string{name}].get<bool>(); }
std::vector<std::string> arguments::texts(std::string_view name) const {
  return has(name) ? values_[std::string{name}].get<std::vector<std::string>>() : std::vector<std::string>{};
}
std::optional<std::int64_t> arguments::timestamp_us(std::string_view name) const {
  if (!has(name)) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::microseconds>(parse_rfc3339(text(name)).value().time_since_epoch()).count();
}

}  // namespace millrace::api
