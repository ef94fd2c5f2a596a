// Arbitrary path segments, queries and bodies of the operator API. A request is rejected with a printable problem, or every
// value conforms to the declaration of its parameter.
#include "config/text/encoding.hpp"
#include "config/text/utf8.hpp"
#include "runtime/program/api/page_cursor.hpp"
#include "runtime/program/api/parameter.hpp"
#include "runtime/task/rfc3339.hpp"
#include "runtime/task/uuid.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace millrace;
using namespace millrace::api;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

const std::vector<parameter> parameters{
    {.name = "name", .in = location::path, .type = value_type::text, .description = "", .required = true, .max = 16},
    {.name = "limit", .in = location::query, .type = value_type::integer, .description = "", .max = 500},
    {.name = "text", .in = location::query, .type = value_type::text, .description = "", .max = 10},
    {.name = "all", .in = location::query, .type = value_type::boolean, .description = ""},
    {.name = "since", .in = location::query, .type = value_type::timestamp, .description = ""},
    {.name = "cursor", .in = location::query, .type = value_type::text, .description = "", .max = 128},
    {.name = "reason", .in = location::body, .type = value_type::text, .description = "", .required = true, .max = 20},
    {.name = "rate", .in = location::body, .type = value_type::number, .description = "", .min = 0.5, .max = 10},
    {.name = "concurrency",
     .in = location::body,
     .type = value_type::integer,
     .description = "",
     .max = 10,
     .nullable = true},
    {.name = "ids", .in = location::body, .type = value_type::uuids, .description = "", .max = 2},
    {.name = "state", .in = location::body, .type = value_type::choice, .description = "", .choices = {"dead", "running"}},
    {.name = "payload", .in = location::body, .type = value_type::any, .description = ""}};

bool in_range(const parameter& p, double number) { return number >= p.min && number <= p.max; }

void check_value(const parameter& p, const arguments& read) {
  switch (p.type) {
    case value_type::text:
      require(text::is_printable(read.text(p.name)) && in_range(p, static_cast<double>(read.text(p.name).size())));
      break;
    case value_type::integer:
      require(in_range(p, static_cast<double>(read.integer(p.name))));
      break;
    case value_type::number:
      require(in_range(p, read.number(p.name)));
      break;
    case value_type::boolean:
      read.flag(p.name);
      break;
    case value_type::uuid:
      require(uuid::parse(read.text(p.name)).has_value());
      break;
    case value_type::uuids:
      require(in_range(p, static_cast<double>(read.texts(p.name).size())));
      for (const auto& id : read.texts(p.name)) require(to_string(*uuid::parse(id)) == id);
      break;
    case value_type::choice:
      require(std::ranges::count(p.choices, read.text(p.name)) == 1);
      break;
    case value_type::timestamp:
      require(parse_rfc3339(read.text(p.name)).has_value() && read.timestamp_us(p.name).has_value());
      break;
    case value_type::any:
      read.json()[std::string{p.name}].dump();  // throws for invalid UTF-8
  }
}

void check_ranked_cursor(const std::string& text) {
  try {
    const auto found = ranked_place_of(text);
    const auto again = ranked_place_of(text.empty() ? text : cursor_of(found));
    require(again.rank == found.rank && again.place.at == found.place.at && again.place.id == found.place.id);
  } catch (const problem& refused) {
    require(text::is_printable(refused.what()));
  }
}

void check_cursor(const std::string& text) {
  try {
    const auto place = place_of(text);
    const auto again = place_of(cursor_of(place));
    require(again.at == place.at && again.id == place.id);
  } catch (const problem& refused) {
    require(text::is_printable(refused.what()));
  }
}

void check_request(const std::string& name, std::string_view query, std::string_view body) {
  try {
    const auto read = arguments::read(parameters, {{"name", name}}, query, body);
    std::size_t known = 0;
    for (const auto& p : parameters) {
      if (p.required) require(read.has(p.name));
      if (read.has(p.name)) check_value(p, read);
      known += read.json().contains(p.name);
    }
    require(known == read.json().size());
    if (read.has("cursor")) check_cursor(read.text("cursor"));
    if (read.has("cursor")) check_ranked_cursor(read.text("cursor"));
  } catch (const problem& refused) {
    require(refused.status() == 400 && text::is_printable(refused.what()) && !refused.errors().empty());
    for (const auto& [name_in_error, message] : refused.errors())
      require(text::is_printable(name_in_error) && text::is_printable(message));
  }
}

}  // namespace

/// The first line is a percent-encoded path segment, the second a query, the rest is the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest{reinterpret_cast<const char*>(data), size};
  const auto line = [&rest] {
    const auto taken = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), taken.size() + 1));
    return taken;
  };
  const auto segment = text::percent_decoded(line(), false);
  const auto query = line();
  if (segment) check_request(*segment, query, rest);
  return 0;
}
