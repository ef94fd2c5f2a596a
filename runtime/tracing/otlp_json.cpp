#include "runtime/tracing/otlp_json.hpp"

#include "config/text/encoding.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace millrace::tracing {
namespace {

using json = nlohmann::json;

constexpr std::size_t longest_text = 1'024;
constexpr int status_error = 2;

std::string cut(const std::string& text) { return text.substr(0, longest_text); }

json text_attribute(const char* key, const std::string& value) {
  return {{"key", key}, {"value", {{"stringValue", cut(value)}}}};
}

json to_json(const span::attribute& a) {
  if (const auto* text = std::get_if<std::string>(&a.second)) return text_attribute(a.first, *text);
  return {{"key", a.first}, {"value", {{"intValue", std::to_string(std::get<std::int64_t>(a.second))}}}};
}

std::string nanoseconds(wall_time at) {
  const auto since_1970 = std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count();
  return std::to_string(std::max<std::int64_t>(since_1970, 0));
}

json to_json(const span& s) {
  json out{{"traceId", text::to_hex(s.trace)},
           {"spanId", text::to_hex(s.id)},
           {"name", cut(s.name)},
           {"kind", static_cast<int>(s.kind)},
           {"startTimeUnixNano", nanoseconds(s.start)},
           {"endTimeUnixNano", nanoseconds(std::max(s.start, s.end))}};
  if (s.parent != span_id{}) out["parentSpanId"] = text::to_hex(s.parent);
  if (s.error) out["status"] = {{"code", status_error}, {"message", cut(*s.error)}};
  auto& attributes = out["attributes"] = json::array();
  for (const auto& a : s.attributes) attributes.push_back(to_json(a));
  return out;
}

}  // namespace

std::string otlp_json(const span_source& from, std::span<const span> spans) {
  auto all = json::array();
  for (const auto& s : spans) all.push_back(to_json(s));
  const json scope{{"name", "millrace"}, {"version", MILLRACE_VERSION}};
  const json resource{{"attributes", json::array({text_attribute("service.name", from.service),
                                                  text_attribute("service.instance.id", from.instance),
                                                  text_attribute("service.version", MILLRACE_VERSION)})}};
  json scoped{{"scope", scope}};
  scoped["spans"] = std::move(all);
  json of_resource{{"resource", resource}};
  of_resource["scopeSpans"] = json::array({std::move(scoped)});
  json body;
  body["resourceSpans"] = json::array({std::move(of_resource)});
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::uint64_t rejected_spans(std::string_view answer) {
  const auto body = json::parse(answer, nullptr, false);
  if (!body.is_object()) return 0;
  const auto partial = body.find("partialSuccess");
  if (partial == body.end() || !partial->is_object()) return 0;
  const auto count = partial->find("rejectedSpans");
  if (count == partial->end()) return 0;
  if (count->is_number_unsigned()) return count->get<std::uint64_t>();
  if (!count->is_string()) return 0;  // protobuf's JSON mapping encodes 64-bit integers as strings
  const auto& text = count->get_ref<const std::string&>();
  std::uint64_t number = 0;
  const auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failed == std::errc{} && rest == text.data() + text.size() ? number : 0;
}

}  // namespace millrace::tracing
