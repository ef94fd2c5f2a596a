#include "connectors/amqp/wire/method.hpp"

#include "connectors/amqp/wire/method_id.hpp"

#include <optional>

namespace millrace::amqp {
namespace {

connection_start read_start(byte_reader& in) {
  connection_start m;
  m.major = in.u8();
  m.minor = in.u8();
  in.long_string();  // server properties, unused
  m.mechanisms = in.long_string();
  in.long_string();
  return m;
}

connection_tune read_tune(byte_reader& in) {
  connection_tune m;
  m.channel_max = in.u16();
  m.frame_max = in.u32();
  m.heartbeat = in.u16();
  return m;
}

template <class Close>
Close read_close(byte_reader& in) {
  Close m;
  m.code = in.u16();
  m.text = in.short_string();
  in.u32();  // class and method that failed
  return m;
}

basic_return read_return(byte_reader& in) {
  basic_return m;
  m.code = in.u16();
  m.text = in.short_string();
  m.exchange = in.short_string();
  m.routing_key = in.short_string();
  return m;
}

basic_deliver read_deliver(byte_reader& in) {
  basic_deliver m;
  m.consumer_tag = in.short_string();
  m.tag = in.u64();
  m.redelivered = (in.u8() & 1) != 0;
  m.exchange = in.short_string();
  m.routing_key = in.short_string();
  return m;
}

basic_cancel read_cancel(byte_reader& in) {
  basic_cancel m;
  m.consumer_tag = in.short_string();
  m.no_wait = (in.u8() & 1) != 0;
  return m;
}

template <class Confirm>
Confirm read_confirm(byte_reader& in) {
  Confirm m;
  m.tag = in.u64();
  m.multiple = (in.u8() & 1) != 0;
  return m;
}

queue_declare_ok read_queue_declared(byte_reader& in) {
  in.short_string();  // the queue's name
  return {in.u32()};
}

/// Only the number is read of methods whose arguments are not used.
std::optional<method> read_method(std::uint32_t number, byte_reader& in) {
  switch (number) {
    case id::basic_deliver:
      return read_deliver(in);
    case id::basic_ack:
      return read_confirm<basic_ack>(in);
    case id::basic_nack:
      return read_confirm<basic_nack>(in);
    case id::basic_return:
      return read_return(in);
    case id::basic_cancel:
      return read_cancel(in);
    case id::basic_cancel_ok:
      return basic_cancel_ok{};
    case id::basic_consume_ok:
      return basic_consume_ok{};
    case id::basic_qos_ok:
      return basic_qos_ok{};
    case id::connection_start:
      return read_start(in);
    case id::connection_secure:
      return connection_secure{};
    case id::connection_tune:
      return read_tune(in);
    case id::connection_open_ok:
      return connection_open_ok{};
    case id::connection_close:
      return read_close<connection_close>(in);
    case id::connection_close_ok:
      return connection_close_ok{};
    case id::connection_blocked:
      return connection_blocked{in.short_string()};
    case id::connection_unblocked:
      return connection_unblocked{};
    case id::channel_open_ok:
      return channel_open_ok{};
    case id::channel_flow:
      return channel_flow{(in.u8() & 1) != 0};
    case id::channel_close:
      return read_close<channel_close>(in);
    case id::channel_close_ok:
      return channel_close_ok{};
    case id::exchange_declare_ok:
      return exchange_declare_ok{};
    case id::queue_declare_ok:
      return read_queue_declared(in);
    case id::queue_bind_ok:
      return queue_bind_ok{};
    case id::confirm_select_ok:
      return confirm_select_ok{};
    default:
      return {};
  }
}

std::string number_text(std::uint32_t number) {
  return std::to_string(number >> 16) + "." + std::to_string(number & 0xffff);
}

}  // namespace

tl::expected<method, protocol_error> decode_method(std::string_view payload) {
  byte_reader in(payload);
  auto number = in.u32();
  if (!in.ok()) return tl::unexpected(protocol_error{502, "SYNTAX_ERROR - method frame cut short"});
  auto m = read_method(number, in);
  if (!m) return tl::unexpected(protocol_error{503, "COMMAND_INVALID - unexpected method " + number_text(number)});
  if (!in.ok()) return tl::unexpected(protocol_error{502, "SYNTAX_ERROR - " + std::string(name_of(*m)) + " cut short"});
  return *m;
}

std::string_view name_of(const method& m) {
  return std::visit([](auto& which) { return std::decay_t<decltype(which)>::name; }, m);
}

}  // namespace millrace::amqp
