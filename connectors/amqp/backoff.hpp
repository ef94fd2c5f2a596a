#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace millrace::amqp {

/// Waits with full jitter: uniform between `min` and a ceiling that doubles up to `max`, so that clients that lost their
/// connections together do not reconnect together.
class backoff {
 public:
  using milliseconds = std::chrono::milliseconds;

  backoff(milliseconds min, milliseconds max, std::uint64_t seed)
      : min_(std::max(min, milliseconds(1))), max_(std::max(max, min_)), ceiling_(min_), random_(seed) {}

  milliseconds next() {
    ceiling_ = std::min(max_, ceiling_ * 2);
    return milliseconds(std::uniform_int_distribution<milliseconds::rep>(min_.count(), ceiling_.count())(random_));
  }
  void reset() { ceiling_ = min_; }

 private:
  milliseconds min_;
  milliseconds max_;
  milliseconds ceiling_;
  std::mt19937_64 random_;
};

}  // namespace millrace::amqp
