#pragma once

#include <string>
#include <string_view>

namespace millrace::monitoring {

/// `text` as a JSON string in plain ASCII: bytes that are no UTF-8 become U+FFFD; control characters, and what a terminal or
/// a reader could mistake (C1 controls, line separators, direction overrides), are escaped. Cut after 8 KiB.
std::string json_text(std::string_view text);

}  // namespace millrace::monitoring
