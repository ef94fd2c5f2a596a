#include "runtime/program/api/parameter.hpp"

#include "runtime/payload/utf8.hpp"
#include "runtime/program/api/json_object.hpp"
#include "runtime/task/rfc3339.hpp"
#include "runtime/task/uuid.hpp"

#include <charconv>
#include <cmath>

namespace millrace::api {
namespace {

using nlohmann::json;
using outcome = std::optional<std::string>;  // what is wrong

/// A payload may be nested as deep as it may be in a queue, one level below the body.
constexpr payload_limits body_limits{.max_depth = payload_limits{}.max_depth + 1};

std::string range(const parameter& f) {
  auto number = [](double d) { return d == std::floor(d) ? std::to_string(static_cast<long long>(d)) : std::to_string(d); };
  return f.least == f.most ? number(f.least) : "from " + number(f.least) + " to " + number(f.most);
}

outcome check_text(const parameter& f, json& value) {
  if (!value.is_string()) return "must be a text";
  auto& text = value.get_ref<const std::string&>();
  if (!is_printable(text)) return "must be UTF-8 on one line, without control characters";
  if (static_cast<double>(text.size()) < f.least || static_cast<double>(text.size()) > f.most)
    return "must have " + range(f) + " bytes";
  return {};
}

outcome check_number(const parameter& f, json& value) {
  if (f.of == kind::integer && !value.is_number_integer()) return "must be a whole number";
  if (!value.is_number()) return "must be a number";
  auto number = value.get<double>();
  if (!(number >= f.least && number <= f.most)) return "must be " + range(f);
  return {};
}

outcome check_uuid(json& value) {
  auto id = value.is_string() ? uuid::parse(value.get_ref<const std::string&>()) : std::nullopt;
  if (!id) return "must be a UUID";
  value = to_string(*id);
  return {};
}

outcome check_uuids(const parameter& f, json& value) {
  if (!value.is_array() || value.empty() || static_cast<double>(value.size()) > f.most)
    return "must be a list of 1 to " + std::to_string(static_cast<long long>(f.most)) + " UUIDs";
  for (auto& one : value)
    if (auto wrong = check_uuid(one)) return "each of the list " + *wrong;
  return {};
}

outcome check_choice(const parameter& f, const json& value) {
  std::string all;
  for (auto choice : f.choices) {
    if (value.is_string() && value.get_ref<const std::string&>() == choice) return {};
    all += (all.empty() ? "" : ", ") + std::string{choice};
  }
  return "must be one of " + all;
}

outcome check_moment(const json& value) {
  if (!value.is_string() || !parse_rfc3339(value.get_ref<const std::string&>()))
    return "must be an RFC 3339 time with offset, as 2031-04-01T09:00:00Z";
  return {};
}

outcome check(const parameter& f, json& value) {
  if (f.nullable && value.is_null()) return {};
  switch (f.of) {
    case kind::text:
      return check_text(f, value);
    case kind::integer:
    case kind::number:
      return check_number(f, value);
    case kind::boolean:
      return value.is_boolean() ? outcome{} : "must be true or false";
    case kind::uuid:
      return check_uuid(value);
    case kind::uuids:
      return check_uuids(f, value);
    case kind::choice:
      return check_choice(f, value);
    case kind::moment:
      return check_moment(value);
    case kind::any:
      return {};
  }
  return "is of no known kind";
}

template <class Number>
json number_of(const std::string& text) {
  Number n{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(static_cast<double>(n))) return text;
  return n;
}

/// A text from a path or query, as the JSON that a body would have.
json typed(const parameter& f, const std::string& text) {
  if (f.of == kind::integer) return number_of<std::int64_t>(text);
  if (f.of == kind::number) return number_of<double>(text);
  if (f.of == kind::boolean && (text == "true" || text == "false")) return text == "true";
  if (f.of == kind::uuids) return json::array({text});
  return text;
}

using sent = std::map<std::string, json>;

struct reader {
  const std::vector<parameter>& fields;
  problem::field_errors errors{};

  const parameter* find(std::string_view name, place in) const {
    for (auto& f : fields)
      if (f.name == name && f.in == in) return &f;
    return nullptr;
  }
  void wrong(std::string name, std::string why) { errors.emplace_back(std::move(name), std::move(why)); }
  void take_text(sent& out, const std::string& name, place in, const std::string& text) {
    auto* f = find(name, in);
    if (!f) return wrong(excerpt(name), "is not known here");
    if (!out.emplace(name, typed(*f, text)).second) wrong(name, "is given more than once");
  }
  void take_query(sent& out, std::string_view query) {
    while (!query.empty()) {
      auto part = query.substr(0, query.find('&'));
      query.remove_prefix(std::min(query.size(), part.size() + 1));
      if (part.empty()) continue;
      auto equals = part.find('=');
      auto name = percent_decoded(part.substr(0, equals), true);
      auto value = percent_decoded(equals == part.npos ? std::string_view{} : part.substr(equals + 1), true);
      if (!name || !value)
        wrong(excerpt(part), "is not percent-encoded");
      else
        take_text(out, *name, place::query, *value);
    }
  }
  void take_body(sent& out, std::string_view body) {
    if (body.empty()) return;
    const auto object = parse_json_object(body, body_limits);
    if (!object) return wrong("", "the body " + object.error());
    for (auto& [name, value] : object->items())
      find(name, place::body) ? void(out.emplace(name, value)) : wrong(excerpt(name), "is not known here");
  }
};

}  // namespace

arguments arguments::read(const std::vector<parameter>& fields, const std::map<std::string, std::string>& path,
                          std::string_view query, std::string_view body) {
  reader r{fields};
  sent values;
  for (auto& [name, text] : path) r.take_text(values, name, place::path, text);
  r.take_query(values, query);
  r.take_body(values, body);
  arguments out;
  for (auto& f : fields) {
    auto found = values.find(std::string{f.name});
    if (found == values.end()) {
      if (f.required) r.wrong(std::string{f.name}, "is missing");
      continue;
    }
    if (auto why = check(f, found->second)) r.wrong(found->first, *why);
    out.values_[found->first] = std::move(found->second);
  }
  if (!r.errors.empty())
    throw problem{problem_kind::invalid_request,
                  r.errors.front().first + (r.errors.front().first.empty() ? "" : " ") + r.errors.front().second, r.errors};
  return out;
}

bool arguments::has(std::string_view name) const { return values_.contains(name) && !values_[std::string{name}].is_null(); }
bool arguments::is_null(std::string_view name) const {
  return values_.contains(name) && values_[std::string{name}].is_null();
}
std::string arguments::text(std::string_view name) const {
  return has(name) ? values_[std::string{name}].get<std::string>() : "";
}
std::int64_t arguments::integer(std::string_view name, std::int64_t otherwise) const {
  return has(name) ? values_[std::string{name}].get<std::int64_t>() : otherwise;
}
double arguments::number(std::string_view name, double otherwise) const {
  return has(name) ? values_[std::string{name}].get<double>() : otherwise;
}
bool arguments::flag(std::string_view name) const { return has(name) && values_[std::string{name}].get<bool>(); }
std::vector<std::string> arguments::texts(std::string_view name) const {
  return has(name) ? values_[std::string{name}].get<std::vector<std::string>>() : std::vector<std::string>{};
}
std::optional<std::int64_t> arguments::moment_us(std::string_view name) const {
  if (!has(name)) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::microseconds>(parse_rfc3339(text(name)).value().time_since_epoch()).count();
}

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      unsigned byte = 0;
      auto* digits = text.data() + i + 1;
      if (i + 2 >= text.size() || std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2) return std::nullopt;
      out += static_cast<char>(byte);
      i += 2;
    }
  }
  return out;
}

}  // namespace millrace::api
