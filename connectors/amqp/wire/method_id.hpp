#pragma once

#include <cstdint>

/// Class and method numbers of AMQP 0-9-1, the class in the upper half.
namespace millrace::amqp::id {

constexpr std::uint32_t of(std::uint16_t class_id, std::uint16_t method_id) {
  return static_cast<std::uint32_t>(class_id) << 16 | method_id;
}

constexpr auto connection_start = of(10, 10), connection_start_ok = of(10, 11), connection_secure = of(10, 20),
               connection_tune = of(10, 30), connection_tune_ok = of(10, 31), connection_open = of(10, 40),
               connection_open_ok = of(10, 41), connection_close = of(10, 50), connection_close_ok = of(10, 51),
               connection_blocked = of(10, 60), connection_unblocked = of(10, 61);
constexpr auto channel_open = of(20, 10), channel_open_ok = of(20, 11), channel_flow = of(20, 20),
               channel_flow_ok = of(20, 21), channel_close = of(20, 40), channel_close_ok = of(20, 41);
constexpr auto exchange_declare = of(40, 10), exchange_declare_ok = of(40, 11);
constexpr auto queue_declare = of(50, 10), queue_declare_ok = of(50, 11), queue_bind = of(50, 20),
               queue_bind_ok = of(50, 21);
constexpr auto basic_qos = of(60, 10), basic_qos_ok = of(60, 11), basic_consume = of(60, 20), basic_consume_ok = of(60, 21),
               basic_cancel = of(60, 30), basic_cancel_ok = of(60, 31), basic_publish = of(60, 40),
               basic_return = of(60, 50), basic_deliver = of(60, 60), basic_ack = of(60, 80), basic_reject = of(60, 90),
               basic_nack = of(60, 120);
constexpr auto confirm_select = of(85, 10), confirm_select_ok = of(85, 11);
constexpr std::uint16_t basic_class = 60;

}  // namespace millrace::amqp::id
