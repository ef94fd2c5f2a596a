#pragma once

#include "connectors/amqp/wire/bytes.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::amqp {

/// A protocol violation of the peer, as AMQP reply code (501 frame, 502 syntax, 503 command, 504 channel, 505 unexpected
/// frame).
struct protocol_error {
  std::uint16_t code = 0;
  std::string text;
};

enum class frame_kind : std::uint8_t { method = 1, header = 2, body = 3, heartbeat = 8 };

/// Bytes of a frame around its payload: kind, channel, size before it, the end mark after it.
constexpr std::size_t frame_overhead = 8;
constexpr std::size_t frame_head = 7;
constexpr std::uint8_t frame_end = 0xCE;
/// The least frame_max that AMQP allows.
constexpr std::uint32_t frame_min_size = 4'096;

struct frame {
  frame_kind kind{};
  std::uint16_t channel = 0;
  std::string_view payload;  ///< view into the bytes given to parse_frame
  std::size_t size = 0;      ///< of the whole frame; 0: incomplete
  std::size_t needed = 0;    ///< size of the whole frame, as far as it is known; at least frame_overhead
};

/// Parses the first frame in `bytes`. An incomplete one has size 0. Nothing is copied or allocated except for an error:
/// unknown kind (501), over `frame_max` (501), end mark missing (501).
tl::expected<frame, protocol_error> parse_frame(std::string_view bytes, std::size_t frame_max);

/// Appends one frame whose payload `fill(byte_writer&)` writes. Returns false if a text does not fit its length field.
template <class Fill>
bool append_frame(std::string& out, frame_kind kind, std::uint16_t channel, Fill&& fill) {
  byte_writer w(out);
  w.u8(static_cast<std::uint8_t>(kind));
  w.u16(channel);
  auto begin = w.open_length();
  fill(w);
  w.close_length(begin);
  w.u8(frame_end);
  return w.ok();
}

void append_heartbeat(std::string& out);

/// Describes the first bytes of a peer that is not an AMQP 0-9-1 broker; empty if they look like a frame.
std::string describe_other_protocol(std::string_view first_bytes);

}  // namespace millrace::amqp
