#include "connectors/amqp/wire/frame.hpp"

namespace millrace::amqp {
namespace {

bool known(std::uint8_t kind) { return (kind >= 1 && kind <= 3) || kind == 8; }

protocol_error frame_error(std::string text) { return {501, "FRAME_ERROR - " + std::move(text)}; }

}  // namespace

tl::expected<frame, protocol_error> parse_frame(std::string_view bytes, std::size_t frame_max) {
  frame found;
  found.needed = frame_overhead;
  if (bytes.empty()) return found;
  byte_reader in(bytes);
  auto kind = in.u8();
  if (!known(kind)) return tl::unexpected(frame_error("unknown frame type " + std::to_string(kind)));
  if (bytes.size() < frame_head) return found;
  found.kind = static_cast<frame_kind>(kind);
  found.channel = in.u16();
  std::size_t length = in.u32();
  if (length + frame_overhead > frame_max)
    return tl::unexpected(frame_error("frame of " + std::to_string(length + frame_overhead) + " bytes, over the agreed " +
                                      std::to_string(frame_max)));
  found.needed = length + frame_overhead;
  if (bytes.size() < found.needed) return found;
  found.payload = in.bytes(length);
  if (in.u8() != frame_end) return tl::unexpected(frame_error("frame without end mark"));
  found.size = found.needed;
  return found;
}

void append_heartbeat(std::string& out) {
  append_frame(out, frame_kind::heartbeat, 0, [](byte_writer&) {});
}

std::string describe_other_protocol(std::string_view first_bytes) {
  if (first_bytes.starts_with("AMQP")) return "the server speaks another version of AMQP than 0-9-1";
  if (first_bytes.starts_with("HTTP")) return "the server speaks HTTP, not AMQP: is the port right?";
  if (first_bytes.starts_with("\x15\x03")) return "the server wants TLS: use amqps://";
  if (!first_bytes.empty() && !known(static_cast<std::uint8_t>(first_bytes[0]))) return "the server does not speak AMQP";
  return {};
}

}  // namespace millrace::amqp
