#include "tests/chaos/proxy/amqp_conversation.hpp"

#include <stdexcept>
#include <utility>

namespace millrace::test {
namespace {

constexpr std::size_t header_size = 7;
constexpr std::size_t most = 17 << 20;  // bytes of a frame; the program's frame_max is at most 16 MiB
constexpr std::size_t greeting = 8;     // "AMQP" 0 0 9 1

bool is_basic_ack(std::string_view frame) {
  return frame[0] == 1 && frame.substr(header_size, 4) == std::string_view{"\0\x3c\0\x50", 4};  // class 60, method 80
}

}  // namespace

std::string amqp_conversation::take_frame(std::string& from) {
  if (from.size() < header_size) return {};
  std::size_t payload = 0;
  for (std::size_t i = 3; i < header_size; ++i) payload = payload << 8 | static_cast<unsigned char>(from[i]);
  if (payload > most) throw std::runtime_error("fault proxy: that is no AMQP frame");
  auto size = header_size + payload + 1;
  if (from.size() < size) return {};
  auto frame = from.substr(0, size);
  from.erase(0, size);
  return frame;
}

passage amqp_conversation::pass(direction where, std::string_view read) {
  passage out;
  if (where == direction::to_server) {
    client_.append(read);
    if (!greeted_) {
      if (client_.size() < greeting) return out;
      out.bytes = client_.substr(0, greeting);
      client_.erase(0, greeting);
      greeted_ = true;
    }
    for (auto frame = take_frame(client_); !frame.empty() && !out.cut; frame = take_frame(client_)) from_client(frame, out);
  } else {
    server_.append(read);
    for (auto frame = take_frame(server_); !frame.empty(); frame = take_frame(server_)) from_server(std::move(frame), out);
  }
  return out;
}

void amqp_conversation::from_client(const std::string& frame, passage& out) {
  bool ack = is_basic_ack(frame);
  if (ack && triggers_.lost_client_ack.happened()) {
    out.cut = true;
    return;
  }
  out.bytes += frame;
  out.cut = ack && triggers_.client_ack.happened();
}

void amqp_conversation::from_server(std::string frame, passage& out) {
  // Frames of other channels, and heartbeats, may overtake the held frames.
  (triggers_.hold_confirms && is_basic_ack(frame) ? held_ : out.bytes) += frame;
}

std::string amqp_conversation::released() { return triggers_.hold_confirms ? std::string{} : std::exchange(held_, {}); }

}  // namespace millrace::test
