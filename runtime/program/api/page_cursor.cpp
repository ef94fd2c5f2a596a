#include "runtime/program/api/page_cursor.hpp"

#include "runtime/program/api/problem.hpp"
#include "runtime/task/rfc3339.hpp"
#include "runtime/task/uuid.hpp"

#include <charconv>
#include <system_error>

namespace millrace::api {
namespace {

constexpr char separator = '~';  // occurs in neither part and needs no escaping in a URL

[[noreturn]] void refuse() {
  throw problem{
      problem_kind::invalid_request, "`cursor`: not a cursor of this API", {{"cursor", "not a cursor of this API"}}};
}

}  // namespace

std::string cursor_of(const page_place& last) { return last.at + separator + last.id; }

page_place place_of(const std::string& cursor) {
  if (cursor.empty()) return {};
  const auto split = cursor.find(separator);
  const auto id = split == cursor.npos ? std::nullopt : uuid::parse(cursor.substr(split + 1));
  if (!id || !parse_rfc3339(cursor.substr(0, split))) refuse();
  return {cursor.substr(0, split), to_string(*id)};
}

std::string cursor_of(const ranked_place& last) { return std::to_string(last.rank) + separator + cursor_of(last.place); }

ranked_place ranked_place_of(const std::string& cursor) {
  if (cursor.empty()) return {};
  ranked_place found;
  const auto* const end = cursor.data() + cursor.size();
  const auto [split, error] = std::from_chars(cursor.data(), end, found.rank);
  if (error != std::errc{} || split == end || *split != separator || split + 1 == end) refuse();
  found.place = place_of({split + 1, end});
  return found;
}

}  // namespace millrace::api
