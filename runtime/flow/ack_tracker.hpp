#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace millrace {

/// One basic.ack to send.
struct ack {
  std::uint64_t tag = 0;
  bool multiple = false;  ///< all unacknowledged tags up to and including `tag`
  bool operator==(const ack&) const = default;
};

/// Works out the acknowledgements of one channel in one connection epoch: few frames for many deliveries, and never one
/// for a delivery that is still in flight. Every settled tag is acknowledged exactly once. Amortised O(1) per tag where
/// tags follow each other without gaps, O(log n) else. Not thread-safe.
class ack_tracker {
 public:
  /// The broker handed over `tag`; all tags of the channel that are to be acknowledged must pass here, in rising order.
  /// A tag that is not above all before it is ignored (false).
  bool delivered(std::uint64_t tag);
  /// The delivery's outcome is committed. An unknown or already settled tag is ignored (false): it belongs to an epoch
  /// that is gone.
  bool settled(std::uint64_t tag);
  /// The delivery was rejected, one basic.reject for it alone: no acknowledgement is due, and none may name it.
  bool rejected(std::uint64_t tag);
  /// What to send now: the contiguous settled prefix as one ack, each settled tag behind a gap by itself.
  std::vector<ack> take();
  /// The oldest delivery that was not settled, as of the last take; none if there is none.
  std::optional<std::uint64_t> oldest_unsettled() const noexcept {
    return window_.empty() ? std::nullopt : std::optional{window_.front().tag};
  }
  /// Deliveries that were not settled yet.
  std::size_t unsettled() const noexcept { return unsettled_; }
  /// A new epoch: all tags so far are void.
  void reset();

 private:
  enum class progress : std::uint8_t { in_flight, settled, acknowledged };
  struct entry {
    std::uint64_t tag;
    progress at;
  };

  entry* find(std::uint64_t tag);

  std::deque<entry> window_;            // from the oldest delivery in flight on, by rising tag
  std::vector<std::uint64_t> settled_;  // since the last take
  std::uint64_t last_ = 0;
  std::size_t unsettled_ = 0;
};

}  // namespace millrace
