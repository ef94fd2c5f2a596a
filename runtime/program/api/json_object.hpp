#pragma once

#include "runtime/payload/payload.hpp"

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include <string>
#include <string_view>

namespace millrace::api {

/// One JSON object (RFC 8259) and nothing behind it: texts are UTF-8 without NUL, and no name occurs twice in one object,
/// because readers disagree about which of the two counts. Within `limits`, checked before memory is asked for.
/// The error says what is wrong, as in "is no JSON: expected ':' at byte 7", and repeats nothing of `bytes`.
tl::expected<nlohmann::json, std::string> parse_json_object(std::string_view bytes, const payload_limits& limits);

/// A member that is a text; nullptr if there is none, or if it is something else.
const std::string* text_member(const nlohmann::json& object, const std::string& name);

}  // namespace millrace::api
