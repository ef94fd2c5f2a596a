#pragma once

#include <cstdint>

namespace millrace {

/// How a payload is encoded.
enum class content_type : std::uint8_t { json, msgpack };

}  // namespace millrace
