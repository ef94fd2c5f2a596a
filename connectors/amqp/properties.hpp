#pragma once

#include "connectors/amqp/field_table.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::amqp {

/// The properties of class basic (AMQP 0-9-1, 1.8). Absent and empty text are not distinguished.
struct properties {
  std::string content_type;
  std::string content_encoding;
  field_table headers;
  std::uint8_t delivery_mode = 2;  ///< 2: persistent
  std::optional<std::uint8_t> priority;
  std::string correlation_id;
  std::string reply_to;
  std::string expiration;
  std::string message_id;
  std::optional<timestamp> time;
  std::string type;
  std::string user_id;
  std::string app_id;
};

/// Limits for untrusted properties; above them decoding fails without allocating.
struct property_limits {
  std::size_t max_depth = 32;      ///< nesting of tables and arrays
  std::size_t max_fields = 4'096;  ///< values in all
  std::size_t max_bytes = 65'536;  ///< of the headers table
};

/// Reads a content header's properties, beginning with the property flags. The error names the problem and the field.
tl::expected<properties, std::string> decode_properties(std::string_view raw, const property_limits& limits = {});

/// `bytes` without the headers table, which the broker changes with every redelivery (x-delivery-count). Identifies a
/// message whose headers are unreadable. All bytes if they cannot be parsed.
std::string without_headers(std::string_view raw);

}  // namespace millrace::amqp
