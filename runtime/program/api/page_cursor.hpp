#pragma once

#include <cstdint>
#include <string>

namespace millrace::api {

/// Where a page ended: the time (RFC 3339) and the id (UUID text) of the row that was read last.
struct page_place {
  std::string at, id;
};

/// As `next_cursor` of the page; callers hand it back as it is.
std::string cursor_of(const page_place& last);
/// The place behind a cursor; an empty one for the empty text, which is the beginning. Throws `problem` for a text that we
/// have not made.
page_place place_of(const std::string& cursor);

/// The same where rows are in the order of a number first.
struct ranked_place {
  std::int64_t rank = 0;
  page_place place;
};
std::string cursor_of(const ranked_place& last);
ranked_place ranked_place_of(const std::string& cursor);

}  // namespace millrace::api
