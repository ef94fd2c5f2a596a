#pragma once

#include "runtime/payload/payload.hpp"

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include <string>
#include <string_view>

namespace millrace::api {

/// Parses exactly one JSON object (RFC 8259). Strings must be UTF-8 without NUL. Duplicate keys are rejected, because
/// parsers disagree about which of the two counts. `limits` are checked before memory is allocated. The error is a
/// predicate, such as "is not valid JSON: expected ':' at byte 7", and contains nothing from `bytes`.
tl::expected<nlohmann::json, std::string> parse_json_object(std::string_view bytes, const payload_limits& limits);

/// A string member; nullptr if it is missing or has another type.
const std::string* text_member(const nlohmann::json& object, const std::string& name);

}  // namespace millrace::api
