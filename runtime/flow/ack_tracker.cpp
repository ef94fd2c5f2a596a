#include "runtime/flow/ack_tracker.hpp"

#include <algorithm>

namespace millrace::flow {

bool ack_tracker::delivered(std::uint64_t tag) {
  if (tag <= last_) return false;
  last_ = tag;
  window_.push_back({tag, progress::in_flight});
  ++unsettled_;
  return true;
}

bool ack_tracker::settled(std::uint64_t tag) {
  entry* const e = find(tag);
  if (!e || e->at != progress::in_flight) return false;
  e->at = progress::settled;
  settled_.push_back(tag);
  --unsettled_;
  return true;
}

bool ack_tracker::rejected(std::uint64_t tag) {
  entry* const e = find(tag);
  if (!e || e->at != progress::in_flight) return false;
  e->at = progress::acknowledged;
  --unsettled_;
  return true;
}

std::vector<ack> ack_tracker::take() {
  std::vector<ack> acks;
  // The ack names the prefix's last unacknowledged tag: the broker rejects a tag that it no longer knows.
  std::uint64_t prefix = 0;
  std::size_t covered = 0;
  for (; !window_.empty() && window_.front().at != progress::in_flight; window_.pop_front()) {
    if (window_.front().at != progress::settled) continue;
    prefix = window_.front().tag;
    ++covered;
  }
  if (covered > 0) acks.push_back({prefix, covered > 1});
  for (const std::uint64_t tag : settled_) {
    entry* const e = find(tag);
    if (!e) continue;  // part of the prefix
    e->at = progress::acknowledged;
    acks.push_back({tag, false});
  }
  settled_.clear();
  return acks;
}

void ack_tracker::reset() { *this = ack_tracker{}; }

ack_tracker::entry* ack_tracker::find(std::uint64_t tag) {
  if (window_.empty() || tag < window_.front().tag) return nullptr;
  const std::uint64_t offset = tag - window_.front().tag;
  if (offset < window_.size() && window_[offset].tag == tag) return &window_[offset];
  const auto at =
      std::lower_bound(window_.begin(), window_.end(), tag, [](const entry& e, std::uint64_t t) { return e.tag < t; });
  return at != window_.end() && at->tag == tag ? &*at : nullptr;
}

}  // namespace millrace::flow
