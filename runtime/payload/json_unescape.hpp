#pragma once

#include <string>
#include <string_view>

namespace millrace {

/// The text that a JSON string (RFC 8259, section 7) stands for. `raw` is what lies between its quotes, and well-formed: no
/// escape is cut off, and no half of a surrogate pair stands alone.
std::string unescaped_json(std::string_view raw);

}  // namespace millrace
