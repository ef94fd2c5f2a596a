#include "actors/api/page_cursor.hpp"

#include "actors/api/problem.hpp"
#include "runtime/rfc3339.hpp"
#include "runtime/uuid.hpp"

namespace millrace::api {
namespace {

constexpr char separator = '~';  // in neither part, and needs no escape in a URL

}  // namespace

std::string cursor_of(const page_place& last) { return last.at + separator + last.id; }

page_place place_of(const std::string& cursor) {
  if (cursor.empty()) return {};
  const auto split = cursor.find(separator);
  const auto id = split == cursor.npos ? std::nullopt : uuid::parse(cursor.substr(split + 1));
  if (!id || !parse_rfc3339(cursor.substr(0, split)))
    throw problem{problem_kind::invalid_request, "cursor is not one that a page has given", {{"cursor", "is none of ours"}}};
  return {cursor.substr(0, split), to_string(*id)};
}

}  // namespace millrace::api
