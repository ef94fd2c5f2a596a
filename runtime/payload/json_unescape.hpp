#pragma once

#include <string>
#include <string_view>

namespace millrace {

/// The decoded text of a JSON string (RFC 8259, section 7). `raw` is the text between its quotes and must be well-formed:
/// every escape is complete, and surrogates occur only in pairs.
std::string unescaped_json(std::string_view raw);

}  // namespace millrace
