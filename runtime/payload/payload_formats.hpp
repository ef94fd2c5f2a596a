#pragma once

#include "runtime/payload/payload.hpp"
#include "runtime/payload/payload_document.hpp"

#include <optional>
#include <string>
#include <string_view>

/// The two payload formats, each parsed in one pass without recursion.
namespace millrace {

/// Checks JSON (RFC 8259) as described at `check_payload` and, if `out` is given, builds the document in it. Without `out`,
/// allocates only if nesting exceeds 15 levels.
std::optional<std::string> walk_json(std::string_view bytes, const payload_limits& limits, payload_document* out);
/// The same for msgpack.
std::optional<std::string> walk_msgpack(std::string_view bytes, const payload_limits& limits, payload_document* out);

}  // namespace millrace
