#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace millrace::flow {

/// A token bucket: it fills at a steady rate up to `burst`. Not thread-safe; the caller passes the time.
class token_bucket {
 public:
  using clock = std::chrono::steady_clock;

  /// `rate` in tokens per second, above 0. Initially full.
  token_bucket(double rate, double burst, clock::time_point now)
      : rate_(rate), burst_(std::max(burst, 1.0)), tokens_(burst_), filled_(now) {}

  /// Takes up to `wanted` whole tokens and returns their number.
  std::size_t take(std::size_t wanted, clock::time_point now) {
    fill(now);
    const auto taken = std::min(wanted, static_cast<std::size_t>(tokens_));
    tokens_ -= static_cast<double>(taken);
    return taken;
  }
  /// Time until a whole token is available; zero if one is.
  std::chrono::milliseconds wait(clock::time_point now) {
    fill(now);
    if (tokens_ >= 1) return std::chrono::milliseconds{0};
    return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>{(1 - tokens_) / rate_});
  }

 private:
  void fill(clock::time_point now) {
    if (now <= filled_) return;
    tokens_ = std::min(burst_, tokens_ + rate_ * std::chrono::duration<double>{now - filled_}.count());
    filled_ = now;
  }

  double rate_, burst_, tokens_;
  clock::time_point filled_;
};

}  // namespace millrace::flow
