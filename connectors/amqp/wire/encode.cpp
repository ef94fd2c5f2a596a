#include "connectors/amqp/wire/encode.hpp"

#include "connectors/amqp/wire/field_codec.hpp"
#include "connectors/amqp/wire/method_id.hpp"

namespace millrace::amqp::encode {
namespace {

template <class Fill>
bool append_method(std::string& out, std::uint16_t channel, std::uint32_t number, Fill&& fill) {
  return append_frame(out, frame_kind::method, channel, [&](byte_writer& w) {
    w.u32(number);
    fill(w);
  });
}

void append_bare(std::string& out, std::uint16_t channel, std::uint32_t number) {
  append_method(out, channel, number, [](byte_writer&) {});
}

template <class Number>
void append_close(std::string& out, std::uint16_t channel, Number number, std::uint16_t code, std::string_view text) {
  append_method(out, channel, number, [&](byte_writer& w) {
    w.u16(code);
    w.short_string(text.substr(0, 255));
    w.u32(0);
  });
}

constexpr std::uint16_t reserved = 0;
constexpr std::uint16_t reply_success = 200;
constexpr std::uint8_t passive = 1, durable = 2;
constexpr std::uint8_t mandatory = 1;
constexpr std::uint8_t no_wait = 1;

}  // namespace

void protocol_header(std::string& out) { out.append("AMQP\0\0\x09\x01", 8); }

void connection_start_ok(std::string& out, const field_table& client_properties, std::string_view mechanism,
                         std::string_view response) {
  append_method(out, 0, id::connection_start_ok, [&](byte_writer& w) {
    encode_table(w, client_properties);
    w.short_string(mechanism);
    w.long_string(response);
    w.short_string("en_US");
  });
}

void connection_tune_ok(std::string& out, const connection_tune& agreed) {
  append_method(out, 0, id::connection_tune_ok, [&](byte_writer& w) {
    w.u16(agreed.channel_max);
    w.u32(agreed.frame_max);
    w.u16(agreed.heartbeat);
  });
}

bool connection_open(std::string& out, std::string_view vhost) {
  return append_method(out, 0, id::connection_open, [&](byte_writer& w) {
    w.short_string(vhost);
    w.short_string("");
    w.u8(0);
  });
}

void connection_close(std::string& out, std::uint16_t code, std::string_view text) {
  append_close(out, 0, id::connection_close, code, text);
}

void connection_close_ok(std::string& out) { append_bare(out, 0, id::connection_close_ok); }

void channel_open(std::string& out, std::uint16_t channel) {
  append_method(out, channel, id::channel_open, [](byte_writer& w) { w.short_string(""); });
}

void channel_flow_ok(std::string& out, std::uint16_t channel, bool active) {
  append_method(out, channel, id::channel_flow_ok, [&](byte_writer& w) { w.u8(active ? 1 : 0); });
}

void channel_close(std::string& out, std::uint16_t channel, std::string_view text) {
  append_close(out, channel, id::channel_close, reply_success, text);
}

void channel_close_ok(std::string& out, std::uint16_t channel) { append_bare(out, channel, id::channel_close_ok); }

bool exchange_declare(std::string& out, std::uint16_t channel, const exchange_declaration& what) {
  return append_method(out, channel, id::exchange_declare, [&](byte_writer& w) {
    w.u16(reserved);
    w.short_string(what.name);
    w.short_string(what.kind);
    w.u8(what.passive ? passive : durable);
    encode_table(w, what.arguments);
  });
}

bool queue_declare(std::string& out, std::uint16_t channel, const queue_declaration& what) {
  return append_method(out, channel, id::queue_declare, [&](byte_writer& w) {
    w.u16(reserved);
    w.short_string(what.name);
    w.u8(what.passive ? passive : durable);
    encode_table(w, what.arguments);
  });
}

bool queue_bind(std::string& out, std::uint16_t channel, const binding_declaration& what) {
  return append_method(out, channel, id::queue_bind, [&](byte_writer& w) {
    w.u16(reserved);
    w.short_string(what.queue);
    w.short_string(what.exchange);
    w.short_string(what.routing_key);
    w.u8(0);
    encode_table(w, {});
  });
}

void basic_qos(std::string& out, std::uint16_t channel, std::uint16_t prefetch) {
  append_method(out, channel, id::basic_qos, [&](byte_writer& w) {
    w.u32(0);
    w.u16(prefetch);
    w.u8(0);
  });
}

bool basic_consume(std::string& out, std::uint16_t channel, std::string_view queue, std::string_view consumer_tag) {
  return append_method(out, channel, id::basic_consume, [&](byte_writer& w) {
    w.u16(reserved);
    w.short_string(queue);
    w.short_string(consumer_tag);
    w.u8(0);
    encode_table(w, {});
  });
}

void basic_cancel(std::string& out, std::uint16_t channel, std::string_view consumer_tag) {
  append_method(out, channel, id::basic_cancel, [&](byte_writer& w) {
    w.short_string(consumer_tag);
    w.u8(no_wait);
  });
}

void basic_cancel_ok(std::string& out, std::uint16_t channel, std::string_view consumer_tag) {
  append_method(out, channel, id::basic_cancel_ok, [&](byte_writer& w) { w.short_string(consumer_tag); });
}

void basic_ack(std::string& out, std::uint16_t channel, std::uint64_t tag, bool multiple) {
  append_method(out, channel, id::basic_ack, [&](byte_writer& w) {
    w.u64(tag);
    w.u8(multiple ? 1 : 0);
  });
}

void basic_reject(std::string& out, std::uint16_t channel, std::uint64_t tag, bool requeue) {
  append_method(out, channel, id::basic_reject, [&](byte_writer& w) {
    w.u64(tag);
    w.u8(requeue ? 1 : 0);
  });
}

bool basic_publish(std::string& out, std::uint16_t channel, std::string_view exchange, std::string_view routing_key) {
  return append_method(out, channel, id::basic_publish, [&](byte_writer& w) {
    w.u16(reserved);
    w.short_string(exchange);
    w.short_string(routing_key);
    w.u8(mandatory);
  });
}

void confirm_select(std::string& out, std::uint16_t channel) {
  append_method(out, channel, id::confirm_select, [](byte_writer& w) { w.u8(0); });
}

}  // namespace millrace::amqp::encode
