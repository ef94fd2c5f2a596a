#include "actors/handlers/report/report_parameters.hpp"

#include "runtime/task/rfc3339.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>

namespace millrace::report {

namespace {

std::optional<int> number(std::string_view digits) {
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size() || digits.front() == '-') return std::nullopt;
  return value;
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto year = number(text.substr(0, 4));
  const auto month = number(text.substr(5, 2));
  const auto day = number(text.substr(8, 2));
  return year && month && day && *year > 0 &&
         std::chrono::year_month_day(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                     std::chrono::day(static_cast<unsigned>(*day)))
             .ok();
}

bool is_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

/// The value as text, or nullopt if its JSON type does not match the parameter.
std::optional<std::string> text_of(parameter_type type, const nlohmann::json& value) {
  if (type == parameter_type::boolean) return value.is_boolean() ? std::optional(value.dump()) : std::nullopt;
  if (type == parameter_type::integer) return value.is_number_integer() ? std::optional(value.dump()) : std::nullopt;
  return value.is_string() ? std::optional(value.get<std::string>()) : std::nullopt;
}

}  // namespace

std::optional<parameter_type> parameter_type_of(std::string_view name) noexcept {
  if (name == "text") return parameter_type::text;
  if (name == "integer") return parameter_type::integer;
  if (name == "date") return parameter_type::date;
  if (name == "timestamp") return parameter_type::timestamp;
  if (name == "boolean") return parameter_type::boolean;
  if (name == "tenant") return parameter_type::tenant;
  return std::nullopt;
}

bool is_value(parameter_type type, std::string_view text) {
  switch (type) {
    case parameter_type::text:
      return text.size() <= 1'024 && text.find('\0') == std::string_view::npos;
    case parameter_type::integer:
      return is_integer(text);
    case parameter_type::date:
      return is_date(text);
    case parameter_type::timestamp:
      return parse_rfc3339(text).has_value();
    case parameter_type::boolean:
      return text == "true" || text == "false";
    case parameter_type::tenant:
      return false;
  }
  return false;
}

tl::expected<std::vector<std::string>, std::string> bind_parameters(const std::vector<parameter>& declared,
                                                                    const nlohmann::json* given, const std::string& tenant) {
  static const nlohmann::json none = nlohmann::json::object();
  if (given == nullptr) given = &none;
  if (!given->is_object()) return tl::unexpected(std::string("field 'parameters': must be an object"));

  std::vector<std::string> values;
  std::size_t used = 0;
  for (const auto& p : declared) {
    const auto found = p.type == parameter_type::tenant ? given->end() : given->find(p.name);
    if (found != given->end()) {
      const auto text = text_of(p.type, *found);
      if (!text || !is_value(p.type, *text)) return tl::unexpected("parameter '" + p.name + "': not a value of its type");
      values.push_back(*text);
      ++used;
    } else if (p.type == parameter_type::tenant) {
      values.push_back(tenant);
    } else if (p.fallback) {
      values.push_back(*p.fallback);
    } else {
      return tl::unexpected("parameter '" + p.name + "': is missing");
    }
  }
  if (used != given->size())
    return tl::unexpected(std::string("field 'parameters': holds a parameter that the report does not have"));
  return values;
}

}  // namespace millrace::report
