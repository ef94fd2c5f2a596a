#pragma once

#include <cstdint>
#include <string>

namespace millrace::api {

/// The last row of a page: its time (RFC 3339) and its id (UUID).
struct page_place {
  std::string at, id;
};

/// Encodes `next_cursor` of a page. Opaque to clients.
std::string cursor_of(const page_place& last);
/// Decodes a cursor. Empty text decodes to an empty place, the start of the list. Throws `problem` (invalid_request) for
/// text that is not a cursor.
page_place place_of(const std::string& cursor);

/// The last row of a page of rows that are sorted by a number first.
struct ranked_place {
  std::int64_t rank = 0;
  page_place place;
};
std::string cursor_of(const ranked_place& last);
ranked_place ranked_place_of(const std::string& cursor);

}  // namespace millrace::api
