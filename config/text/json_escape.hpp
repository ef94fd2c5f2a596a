#pragma once

#include <string>
#include <string_view>

namespace millrace::text {

enum class json_characters {
  ascii,  ///< escapes everything else, so also what a terminal or reader could mistake: C1, line separators, bidi overrides
  utf8,   ///< escapes only what JSON requires
};

/// `text` as a JSON string with its quotes (RFC 8259, section 7). Bytes that are not UTF-8 become U+FFFD.
std::string json_string(std::string_view text, json_characters as = json_characters::ascii);

}  // namespace millrace::text
