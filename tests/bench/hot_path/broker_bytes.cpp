#include "tests/bench/hot_path/broker_bytes.hpp"

#include "connectors/amqp/wire/frame.hpp"
#include "connectors/amqp/wire/method_id.hpp"
#include "connectors/amqp/wire/properties_codec.hpp"
#include "connectors/amqp/wire/read_buffer.hpp"
#include "tests/bench/hot_path/sample.hpp"

#include <nlohmann/json.hpp>

namespace millrace::bench {
namespace {

using amqp::byte_writer;
using amqp::frame_kind;

constexpr std::uint16_t channel = 1;

amqp::properties properties_of(const message& m, content_type payload) {
  amqp::properties p;
  p.content_type = payload == content_type::json ? "application/json" : "application/msgpack";
  p.type = m.type;
  p.message_id = m.id;
  p.headers.emplace_back("tenant", amqp::field_value{std::string{sample_tenant}});
  return p;
}

std::string body_of(const message& m, content_type payload) {
  if (payload == content_type::json) return m.body;
  std::string packed;
  nlohmann::json::to_msgpack(nlohmann::json::parse(m.body), packed);
  return packed;
}

/// A basic.deliver method, a content header and a body.
std::string delivery_frames(const message& m, content_type payload, std::uint64_t tag) {
  std::string out;
  auto body = body_of(m, payload);
  amqp::append_frame(out, frame_kind::method, channel, [&](byte_writer& w) {
    w.u32(amqp::id::basic_deliver);
    w.short_string("millrace-1");
    w.u64(tag);
    w.u8(0);
    w.short_string("");
    w.short_string(m.queue);
  });
  amqp::append_frame(out, frame_kind::header, channel, [&](byte_writer& w) {
    w.u16(amqp::id::basic_class);
    w.u16(0);
    w.u64(body.size());
    amqp::encode_properties(w, properties_of(m, payload));
  });
  amqp::append_frame(out, frame_kind::body, channel, [&](byte_writer& w) { w.bytes(body); });
  return out;
}

}  // namespace

broker_bytes make_broker_bytes(content_type payload) {
  broker_bytes made;
  for (;;) {
    auto next = delivery_frames(sample(made.deliveries), payload, made.deliveries + 1);
    if (made.bytes.size() + next.size() > amqp::read_buffer::block_size) return made;
    made.bytes += next;
    ++made.deliveries;
  }
}

}  // namespace millrace::bench
