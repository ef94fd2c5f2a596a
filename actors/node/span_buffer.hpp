#pragma once

#include "runtime/tracing/span.hpp"

#include <cstddef>
#include <deque>
#include <mutex>
#include <vector>

namespace millrace::actors {

/// Spans that are queued for the collector. Thread-safe and non-blocking: spans that do not fit are dropped. A span takes
/// about 1 KiB, so a full buffer takes about 8 MiB.
class span_buffer {
 public:
  static constexpr std::size_t batch = 512;  ///< spans per request to the collector

  explicit span_buffer(std::size_t room = 8'192) : room_(room) {}

  struct added {
    std::size_t dropped = 0;   ///< because the buffer was full
    bool batch_ready = false;  ///< this call completed a batch: notify the exporter
  };
  /// Adds as many spans as fit.
  added add(std::vector<tracing::span> spans);
  /// Removes up to `most` spans, oldest first.
  std::vector<tracing::span> take(std::size_t most);
  std::size_t size() const;

 private:
  const std::size_t room_;
  mutable std::mutex mutex_;
  std::deque<tracing::span> spans_;  // guarded by mutex_
};

}  // namespace millrace::actors
