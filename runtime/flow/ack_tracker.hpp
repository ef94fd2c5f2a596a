#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace millrace::flow {

/// One basic.ack to send.
struct ack {
  std::uint64_t tag = 0;
  bool multiple = false;  ///< all unacknowledged tags up to and including `tag`
  bool operator==(const ack&) const = default;
};

/// Computes the acknowledgements of one channel in one connection epoch: few frames for many deliveries, and never one for a
/// delivery still in flight. Every settled tag is acknowledged exactly once. Amortised O(1) per tag for consecutive tags,
/// else O(log n). Not thread-safe.
class ack_tracker {
 public:
  /// The broker delivered `tag`. All tags of the channel that need an acknowledgement must be passed here in rising order.
  /// Returns false, and ignores it, if it is not above all previous tags.
  bool delivered(std::uint64_t tag);
  /// The delivery's outcome is committed. Returns false, and ignores it, if the tag is unknown or settled: it belongs to an
  /// earlier epoch.
  bool settled(std::uint64_t tag);
  /// The delivery was rejected with a basic.reject of its own, so it must not be acknowledged.
  bool rejected(std::uint64_t tag);
  /// The acks to send now: one for the contiguous settled prefix, and one for each settled tag behind a gap.
  std::vector<ack> take();
  /// The oldest delivery that was unsettled at the last take, or nullopt.
  std::optional<std::uint64_t> oldest_unsettled() const noexcept {
    return window_.empty() ? std::nullopt : std::optional{window_.front().tag};
  }
  /// Number of unsettled deliveries.
  std::size_t unsettled() const noexcept { return unsettled_; }
  /// Starts a new epoch: all previous tags are invalid.
  void reset();

 private:
  enum class progress : std::uint8_t { in_flight, settled, acknowledged };
  struct entry {
    std::uint64_t tag;
    progress at;
  };

  entry* find(std::uint64_t tag);

  std::deque<entry> window_;            // from the oldest delivery in flight, by rising tag
  std::vector<std::uint64_t> settled_;  // since the last take
  std::uint64_t last_ = 0;
  std::size_t unsettled_ = 0;
};

}  // namespace millrace::flow
