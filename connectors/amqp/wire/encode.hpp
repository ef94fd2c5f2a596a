#pragma once

#include "connectors/amqp/topology.hpp"
#include "connectors/amqp/wire/method.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// The client's methods, each appended as a complete frame. Functions with names that may exceed 255 bytes return false if
/// they do; the frame must not be sent then.
namespace millrace::amqp::encode {

/// The protocol header "AMQP" 0 0 9 1, which a client sends first.
void protocol_header(std::string& out);
void connection_start_ok(std::string& out, const field_table& client_properties, std::string_view mechanism,
                         std::string_view response);
void connection_tune_ok(std::string& out, const connection_tune& agreed);
bool connection_open(std::string& out, std::string_view vhost);
/// The text is cut to 255 bytes.
void connection_close(std::string& out, std::uint16_t code, std::string_view text);
void connection_close_ok(std::string& out);

void channel_open(std::string& out, std::uint16_t channel);
void channel_flow_ok(std::string& out, std::uint16_t channel, bool active);
void channel_close(std::string& out, std::uint16_t channel, std::string_view text);
void channel_close_ok(std::string& out, std::uint16_t channel);

bool exchange_declare(std::string& out, std::uint16_t channel, const exchange_declaration& what);
bool queue_declare(std::string& out, std::uint16_t channel, const queue_declaration& what);
bool queue_bind(std::string& out, std::uint16_t channel, const binding_declaration& what);

/// Per consumer, not per connection.
void basic_qos(std::string& out, std::uint16_t channel, std::uint16_t prefetch);
bool basic_consume(std::string& out, std::uint16_t channel, std::string_view queue, std::string_view consumer_tag);
/// Without an answer from the broker.
void basic_cancel(std::string& out, std::uint16_t channel, std::string_view consumer_tag);
void basic_cancel_ok(std::string& out, std::uint16_t channel, std::string_view consumer_tag);
void basic_ack(std::string& out, std::uint16_t channel, std::uint64_t tag, bool multiple);
void basic_reject(std::string& out, std::uint16_t channel, std::uint64_t tag, bool requeue);
bool basic_publish(std::string& out, std::uint16_t channel, std::string_view exchange, std::string_view routing_key);
void confirm_select(std::string& out, std::uint16_t channel);

}  // namespace millrace::amqp::encode
