// What a broker may send after the handshake, cut into reads of any size: frames, methods, content.
#include "connectors/amqp/channel/channel_table.hpp"
#include "connectors/amqp/wire/method.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

using namespace millrace::amqp;

namespace {

constexpr std::size_t frame_max = 8'192;
constexpr std::uint64_t max_body = 10'000;

/// Reads every byte that a delivery claims to have, for the sanitizer to judge.
void touch(const delivery& d) {
  unsigned sum = 0;
  for (auto text : {d.exchange, d.routing_key, d.raw_properties, d.body})
    for (char c : text) sum += static_cast<unsigned char>(c);
  volatile unsigned sink = sum;
  (void)sink;
  if (d.oversized != (d.body_size > max_body) || (d.oversized && !d.body.empty())) std::abort();
  if (auto props = decode_properties(d.raw_properties)) (void)to_json(props->headers);
}

class reader {
 public:
  /// False once the stream has broken the protocol.
  bool take(std::string_view piece) {
    while (!piece.empty()) {
      auto space = in_.space(needed_);
      auto count = std::min(space.size(), piece.size());
      std::memcpy(space.data(), piece.data(), count);
      in_.commit(count);
      piece.remove_prefix(count);
      if (!parse()) return false;
    }
    return true;
  }

 private:
  bool parse() {
    for (;;) {
      auto found = parse_frame(in_.unread(), frame_max);
      if (!found) return false;
      needed_ = found->needed;
      if (found->size == 0) return true;
      if (!take_frame(*found)) return false;
      in_.consume(found->size);
    }
  }

  bool take_frame(const frame& f) {
    if (f.kind == frame_kind::heartbeat) return true;
    if (f.kind == frame_kind::method) {
      auto m = decode_method(f.payload);
      if (m && std::holds_alternative<basic_deliver>(*m)) content_.begin(std::get<basic_deliver>(*m), in_.block());
      return m.has_value();
    }
    auto done =
        f.kind == frame_kind::header ? content_.header(f.payload, in_.block()) : content_.body(f.payload, in_.block());
    if (!done) return false;
    if (*done) kept_.push_back(std::move(**done));
    for (auto& each : kept_) touch(each);  // older ones, too: nothing may have been written over
    if (kept_.size() > 4) kept_.erase(kept_.begin());
    return true;
  }

  std::shared_ptr<byte_counter> counter_ = std::make_shared<byte_counter>();
  read_buffer in_{counter_};
  content_assembler content_{max_body, counter_};
  std::size_t needed_ = 0;
  std::vector<delivery> kept_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  reader r;
  while (rest.size() > 1) {
    auto piece = rest.substr(1, static_cast<std::uint8_t>(rest[0]) * 8U + 1U);
    if (!r.take(piece)) break;
    rest.remove_prefix(1 + piece.size());
  }
  return 0;
}
