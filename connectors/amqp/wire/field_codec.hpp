#pragma once

#include "connectors/amqp/field_table.hpp"
#include "connectors/amqp/properties.hpp"
#include "connectors/amqp/wire/bytes.hpp"

#include <tl/expected.hpp>

#include <string>
#include <string_view>

namespace millrace::amqp {

/// Reads the content of a table (without its length). The error names the field.
tl::expected<field_table, std::string> decode_table(std::string_view bytes, const property_limits& limits);

/// Appends a table with its length. A name over 255 bytes or a nesting over 64 makes the writer not ok.
void encode_table(byte_writer& out, const field_table& table);

}  // namespace millrace::amqp
