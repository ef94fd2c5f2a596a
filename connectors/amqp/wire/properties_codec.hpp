#pragma once

#include "connectors/amqp/properties.hpp"
#include "connectors/amqp/wire/bytes.hpp"

namespace millrace::amqp {

/// Appends property flags and the properties that are set. Text over 255 bytes makes the writer not ok.
void encode_properties(byte_writer& out, const properties& props);

}  // namespace millrace::amqp
