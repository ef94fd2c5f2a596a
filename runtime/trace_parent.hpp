#pragma once

#include <string_view>

namespace millrace {

/// Is this a `traceparent` by the grammar of W3C Trace Context? Versions after 00 may carry more behind a dash.
bool is_traceparent(std::string_view text) noexcept;

}  // namespace millrace
