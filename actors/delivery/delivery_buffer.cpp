#include "actors/delivery/delivery_buffer.hpp"

#include <iterator>
#include <utility>

namespace millrace::actors {

void delivery_buffer::add(amqp::channel_epoch epoch, std::vector<amqp::delivery> read, const forward& to_consumer) {
  std::lock_guard lock{mutex_};
  // The broker requeued the deliveries of an earlier epoch and redelivers them.
  if (waiting_.epoch != epoch) waiting_.batch.clear();
  waiting_.epoch = epoch;
  if (waiting_.batch.empty())
    waiting_.batch = std::move(read);
  else
    waiting_.batch.insert(waiting_.batch.end(), std::make_move_iterator(read.begin()), std::make_move_iterator(read.end()));
  if (auto now = take()) to_consumer(std::move(*now));
}

void delivery_buffer::busy() {
  std::lock_guard lock{mutex_};
  busy_ = true;
}

void delivery_buffer::idle(const forward& to_consumer) {
  std::lock_guard lock{mutex_};
  busy_ = false;
  if (auto now = take()) to_consumer(std::move(*now));
}

std::optional<deliveries> delivery_buffer::open() {
  std::lock_guard lock{mutex_};
  open_ = true;
  return take();
}

void delivery_buffer::arrived(std::size_t count) {
  std::lock_guard lock{mutex_};
  on_their_way_ -= count;
}

bool delivery_buffer::empty() const {
  std::lock_guard lock{mutex_};
  return waiting_.batch.empty() && on_their_way_ == 0;
}

std::optional<deliveries> delivery_buffer::take() {
  if (waiting_.batch.empty() || holds_back()) return std::nullopt;
  on_their_way_ += waiting_.batch.size();
  return deliveries{waiting_.epoch, std::exchange(waiting_.batch, {})};
}

}  // namespace millrace::actors
