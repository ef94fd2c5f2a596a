#pragma once

#include "runtime/tracing/span.hpp"

#include <cstddef>
#include <deque>
#include <mutex>
#include <vector>

namespace millrace {

/// Spans that wait for the collector. Thread-safe, and nobody waits for room: what finds none is dropped. A span takes about
/// 1 KiB, so a full buffer takes some 8 MiB.
class span_buffer {
 public:
  static constexpr std::size_t batch = 512;  ///< of one request to the collector

  explicit span_buffer(std::size_t room = 8'192) : room_(room) {}

  struct added {
    std::size_t dropped = 0;   ///< for lack of room
    bool batch_waits = false;  ///< since now, so somebody should take it
  };
  /// The first ones, as many as there is room for.
  added add(std::vector<span> spans);
  /// Up to `most`, oldest first.
  std::vector<span> take(std::size_t most);
  std::size_t size() const;

 private:
  const std::size_t room_;
  mutable std::mutex mutex_;
  std::deque<span> spans_;  // guarded by it
};

}  // namespace millrace
