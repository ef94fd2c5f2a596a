#include "connectors/amqp/wire/read_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace millrace::amqp {

byte_block::byte_block(std::shared_ptr<byte_counter> counter, std::size_t capacity)
    : counter_(std::move(counter)), data_(std::make_unique_for_overwrite<char[]>(capacity)), capacity_(capacity) {}

byte_block::~byte_block() {
  if (counted_) counter_->remove(capacity_);
}

void byte_block::count() noexcept {
  if (counted_) return;
  counted_ = true;
  counter_->add(capacity_);
}

std::span<char> read_buffer::space(std::size_t frame_size) {
  constexpr std::size_t worth_a_read = block_size / 4;
  auto rest = filled_ - parsed_;
  auto missing = std::max(frame_size, rest) - rest;
  if (!block_ || block_->capacity() - filled_ < std::max(missing, worth_a_read)) {
    auto next = std::make_shared<byte_block>(counter_, std::max(block_size, rest + missing + worth_a_read));
    if (block_) {
      std::memcpy(next->data(), block_->data() + parsed_, rest);
      // From here on only deliveries own the old block; a block that is read into does not count against the budget.
      block_->count();
    }
    block_ = std::move(next);
    parsed_ = 0;
    filled_ = rest;
  }
  return {block_->data() + filled_, block_->capacity() - filled_};
}

std::string_view read_buffer::unread() const noexcept {
  return block_ ? std::string_view(block_->data() + parsed_, filled_ - parsed_) : std::string_view();
}

}  // namespace millrace::amqp
