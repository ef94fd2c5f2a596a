#include "tests/bench/hot_path/frame_reader.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace millrace::bench {
namespace {

constexpr std::size_t frame_max = 131'072;  // RabbitMQ's default
constexpr std::uint64_t max_body_bytes = 1'048'576;

}  // namespace

frame_reader::frame_reader() : channels_(max_body_bytes, counter_) {
  channels_.limit(1);
  channels_.open(nullptr);
}

std::vector<amqp::delivery> frame_reader::read(std::string_view bytes) {
  while (!bytes.empty()) {
    auto space = in_.space(needed_);
    auto count = std::min(space.size(), bytes.size());
    std::memcpy(space.data(), bytes.data(), count);  // simulates the kernel's copy
    in_.commit(count);
    bytes.remove_prefix(count);
    parse();
  }
  return std::exchange(complete_, {});
}

void frame_reader::parse() {
  for (;;) {
    auto found = amqp::parse_frame(in_.unread(), frame_max);
    if (!found) throw std::runtime_error(found.error().text);
    needed_ = found->needed;
    if (found->size == 0) return;
    take(*found);
    in_.consume(found->size);
  }
}

void frame_reader::take(const amqp::frame& f) {
  auto* slot = channels_.find(f.channel);
  if (slot == nullptr) throw std::runtime_error("a frame on a channel that is not open");
  if (f.kind == amqp::frame_kind::method) {
    auto m = amqp::decode_method(f.payload);
    if (!m) throw std::runtime_error(m.error().text);
    slot->content.begin(std::get<amqp::basic_deliver>(*m), in_.block());
    return;
  }
  auto done = f.kind == amqp::frame_kind::header ? slot->content.header(f.payload, in_.block())
                                                 : slot->content.body(f.payload, in_.block());
  if (!done) throw std::runtime_error(done.error().text);
  if (*done) complete_.push_back(std::move(**done));
}

}  // namespace millrace::bench
