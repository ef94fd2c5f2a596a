#pragma once

#include "connectors/amqp/wire/frame.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <string_view>
#include <variant>

namespace millrace::amqp {

/// The methods that a broker sends to this client. Texts are views into their frame.
struct connection_start {
  static constexpr std::string_view name = "connection.start";
  std::uint8_t major = 0;
  std::uint8_t minor = 0;
  std::string_view mechanisms;  ///< separated by spaces
};
struct connection_secure {
  static constexpr std::string_view name = "connection.secure";
};
struct connection_tune {
  static constexpr std::string_view name = "connection.tune";
  std::uint16_t channel_max = 0;
  std::uint32_t frame_max = 0;
  std::uint16_t heartbeat = 0;
};
struct connection_open_ok {
  static constexpr std::string_view name = "connection.open-ok";
};
struct connection_close {
  static constexpr std::string_view name = "connection.close";
  std::uint16_t code = 0;
  std::string_view text;
};
struct connection_close_ok {
  static constexpr std::string_view name = "connection.close-ok";
};
struct connection_blocked {
  static constexpr std::string_view name = "connection.blocked";
  std::string_view reason;
};
struct connection_unblocked {
  static constexpr std::string_view name = "connection.unblocked";
};
struct channel_open_ok {
  static constexpr std::string_view name = "channel.open-ok";
};
struct channel_flow {
  static constexpr std::string_view name = "channel.flow";
  bool active = true;
};
struct channel_close {
  static constexpr std::string_view name = "channel.close";
  std::uint16_t code = 0;
  std::string_view text;
};
struct channel_close_ok {
  static constexpr std::string_view name = "channel.close-ok";
};
struct exchange_declare_ok {
  static constexpr std::string_view name = "exchange.declare-ok";
};
struct queue_declare_ok {
  static constexpr std::string_view name = "queue.declare-ok";
  std::uint32_t ready = 0;  ///< messages in the queue that no consumer holds
};
struct queue_bind_ok {
  static constexpr std::string_view name = "queue.bind-ok";
};
struct basic_qos_ok {
  static constexpr std::string_view name = "basic.qos-ok";
};
struct basic_consume_ok {
  static constexpr std::string_view name = "basic.consume-ok";
};
struct basic_cancel {
  static constexpr std::string_view name = "basic.cancel";
  std::string_view consumer_tag;
  bool no_wait = false;
};
struct basic_cancel_ok {
  static constexpr std::string_view name = "basic.cancel-ok";
};
struct basic_return {
  static constexpr std::string_view name = "basic.return";
  std::uint16_t code = 0;
  std::string_view text;
  std::string_view exchange;
  std::string_view routing_key;
};
struct basic_deliver {
  static constexpr std::string_view name = "basic.deliver";
  std::string_view consumer_tag;
  std::uint64_t tag = 0;
  bool redelivered = false;
  std::string_view exchange;
  std::string_view routing_key;
};
struct basic_ack {
  static constexpr std::string_view name = "basic.ack";
  std::uint64_t tag = 0;
  bool multiple = false;
};
struct basic_nack {
  static constexpr std::string_view name = "basic.nack";
  std::uint64_t tag = 0;
  bool multiple = false;
};
struct confirm_select_ok {
  static constexpr std::string_view name = "confirm.select-ok";
};

using method =
    std::variant<connection_start, connection_secure, connection_tune, connection_open_ok, connection_close,
                 connection_close_ok, connection_blocked, connection_unblocked, channel_open_ok, channel_flow, channel_close,
                 channel_close_ok, exchange_declare_ok, queue_declare_ok, queue_bind_ok, basic_qos_ok, basic_consume_ok,
                 basic_cancel, basic_cancel_ok, basic_return, basic_deliver, basic_ack, basic_nack, confirm_select_ok>;

/// Reads a method frame's payload. 503 for a method that a broker must not send to a client, 502 for a truncated one.
tl::expected<method, protocol_error> decode_method(std::string_view payload);

std::string_view name_of(const method& m);

}  // namespace millrace::amqp
