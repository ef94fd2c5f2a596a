#pragma once

#include "runtime/payload/payload.hpp"
#include "runtime/payload/payload_document.hpp"

#include <optional>
#include <string>
#include <string_view>

/// The two ways a payload may be written, each read in one pass without recursion.
namespace millrace {

/// Checks JSON (RFC 8259) as `check_payload` says and, if `out` is given, builds the document in it. Without it, nothing is
/// allocated unless it is nested more than 15 deep.
std::optional<std::string> walk_json(std::string_view bytes, const payload_limits& limits, payload_document* out);
/// The same for msgpack.
std::optional<std::string> walk_msgpack(std::string_view bytes, const payload_limits& limits, payload_document* out);

}  // namespace millrace
