#include "actors/node/span_buffer.hpp"

#include <algorithm>
#include <iterator>

namespace millrace::actors {

span_buffer::added span_buffer::add(std::vector<tracing::span> spans) {
  const std::lock_guard lock{mutex_};
  const auto before = spans_.size();
  const auto taken = std::min(spans.size(), room_ - before);
  const auto end = spans.begin() + static_cast<std::ptrdiff_t>(taken);
  spans_.insert(spans_.end(), std::make_move_iterator(spans.begin()), std::make_move_iterator(end));
  return {spans.size() - taken, before < batch && spans_.size() >= batch};
}

std::vector<tracing::span> span_buffer::take(std::size_t most) {
  const std::lock_guard lock{mutex_};
  const auto end = spans_.begin() + static_cast<std::ptrdiff_t>(std::min(most, spans_.size()));
  std::vector<tracing::span> out{std::make_move_iterator(spans_.begin()), std::make_move_iterator(end)};
  spans_.erase(spans_.begin(), end);
  return out;
}

std::size_t span_buffer::size() const {
  const std::lock_guard lock{mutex_};
  return spans_.size();
}

}  // namespace millrace::actors
