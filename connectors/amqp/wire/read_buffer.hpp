#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace millrace::amqp {

/// Bytes that deliveries keep alive. Raised on the loop's thread, lowered by the thread that releases the last reference.
class byte_counter {
 public:
  void add(std::uint64_t bytes) noexcept { alive_.fetch_add(bytes, std::memory_order_relaxed); }
  void remove(std::uint64_t bytes) noexcept { alive_.fetch_sub(bytes, std::memory_order_relaxed); }
  std::uint64_t alive() const noexcept { return alive_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> alive_{0};
};

/// Memory that deliveries point into. Counted from `count()` until its last owner releases it.
class byte_block {
 public:
  byte_block(std::shared_ptr<byte_counter> counter, std::size_t capacity);
  ~byte_block();
  byte_block(const byte_block&) = delete;
  byte_block& operator=(const byte_block&) = delete;

  char* data() noexcept { return data_.get(); }
  std::size_t capacity() const noexcept { return capacity_; }
  /// Only while no other thread can access the block, or before it is shared.
  void count() noexcept;

 private:
  std::shared_ptr<byte_counter> counter_;
  std::unique_ptr<char[]> data_;
  std::size_t capacity_;
  bool counted_ = false;
};

/// A socket's read buffer: one block after another. Parsed bytes are never overwritten, so deliveries may point at them
/// while later reads fill the rest of the block. A frame cut by the end of a block is moved to the next one. A block is
/// larger than usual only for a frame that needs it.
class read_buffer {
 public:
  static constexpr std::size_t block_size = 64 * 1024;

  explicit read_buffer(std::shared_ptr<byte_counter> counter) : counter_(std::move(counter)) {}

  /// Space for the next read, at least for the rest of a frame of `frame_size` bytes at the front of `unread()`.
  std::span<char> space(std::size_t frame_size);
  /// `count` bytes of the last `space()` were filled.
  void commit(std::size_t count) noexcept { filled_ += count; }
  std::string_view unread() const noexcept;
  void consume(std::size_t count) noexcept { parsed_ += count; }
  /// The block that `unread()` points into.
  const std::shared_ptr<byte_block>& block() const noexcept { return block_; }

 private:
  std::shared_ptr<byte_counter> counter_;
  std::shared_ptr<byte_block> block_;
  std::size_t parsed_ = 0;
  std::size_t filled_ = 0;
};

}  // namespace millrace::amqp
