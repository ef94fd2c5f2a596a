// What strangers may write into a query, a path or a body of the operator API: it is refused with a problem that is fit to
// be shown, or every value that comes out is what its field declares.
#include "runtime/payload/utf8.hpp"
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

const std::vector<parameter> fields{{"name", place::path, kind::text, "", true, 1, 16},
                                    {"limit", place::query, kind::integer, "", false, 1, 500},
                                    {"text", place::query, kind::text, "", false, 1, 10},
                                    {"all", place::query, kind::boolean, ""},
                                    {"since", place::query, kind::moment, ""},
                                    {"cursor", place::query, kind::text, "", false, 1, 128},
                                    {"why", place::body, kind::text, "", true, 1, 20},
                                    {"rate", place::body, kind::number, "", false, 0.5, 10},
                                    {"concurrency", place::body, kind::integer, "", false, 1, 10, {}, true},
                                    {"ids", place::body, kind::uuids, "", false, 1, 2},
                                    {"state", place::body, kind::choice, "", false, 1, 255, {"dead", "running"}},
                                    {"payload", place::body, kind::any, ""}};

bool in_range(const parameter& f, double number) { return number >= f.least && number <= f.most; }

void check_value(const parameter& f, const arguments& read) {
  switch (f.of) {
    case kind::text:
      require(is_printable(read.text(f.name)) && in_range(f, static_cast<double>(read.text(f.name).size())));
      break;
    case kind::integer:
      require(in_range(f, static_cast<double>(read.integer(f.name))));
      break;
    case kind::number:
      require(in_range(f, read.number(f.name)));
      break;
    case kind::boolean:
      read.flag(f.name);
      break;
    case kind::uuid:
      require(uuid::parse(read.text(f.name)).has_value());
      break;
    case kind::uuids:
      require(in_range(f, static_cast<double>(read.texts(f.name).size())));
      for (const auto& id : read.texts(f.name)) require(to_string(*uuid::parse(id)) == id);
      break;
    case kind::choice:
      require(std::ranges::count(f.choices, read.text(f.name)) == 1);
      break;
    case kind::moment:
      require(parse_rfc3339(read.text(f.name)).has_value() && read.moment_us(f.name).has_value());
      break;
    case kind::any:
      read.json()[std::string{f.name}].dump();  // throws for what is no UTF-8
  }
}

void check_ranked_cursor(const std::string& text) {
  try {
    const auto found = ranked_place_of(text);
    const auto again = ranked_place_of(text.empty() ? text : cursor_of(found));
    require(again.rank == found.rank && again.place.at == found.place.at && again.place.id == found.place.id);
  } catch (const problem& refused) {
    require(is_printable(refused.what()));
  }
}

void check_cursor(const std::string& text) {
  try {
    const auto place = place_of(text);
    const auto again = place_of(cursor_of(place));
    require(again.at == place.at && again.id == place.id);
  } catch (const problem& refused) {
    require(is_printable(refused.what()));
  }
}

void check_request(const std::string& name, std::string_view query, std::string_view body) {
  try {
    const auto read = arguments::read(fields, {{"name", name}}, query, body);
    std::size_t known = 0;
    for (const auto& f : fields) {
      if (f.required) require(read.has(f.name));
      if (read.has(f.name)) check_value(f, read);
      known += read.json().contains(f.name);
    }
    require(known == read.json().size());
    if (read.has("cursor")) check_cursor(read.text("cursor"));
    if (read.has("cursor")) check_ranked_cursor(read.text("cursor"));
  } catch (const problem& refused) {
    require(refused.status() == 400 && is_printable(refused.what()) && !refused.errors().empty());
    for (const auto& [field_name, why] : refused.errors()) require(is_printable(field_name) && is_printable(why));
  }
}

}  // namespace

/// Three lines: a path segment as it was sent, a query, and the rest is the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest{reinterpret_cast<const char*>(data), size};
  const auto line = [&rest] {
    const auto taken = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), taken.size() + 1));
    return taken;
  };
  const auto segment = percent_decoded(line(), false);
  const auto query = line();
  if (segment) check_request(*segment, query, rest);
  return 0;
}
