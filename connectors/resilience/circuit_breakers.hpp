#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>

namespace millrace::resilience {

/// Circuit breakers (Nygard, "Release It!", 2007), one for each failing destination. After `failures` consecutive failures
/// a breaker is open: no calls for `open_for`. Then it is half open: one call at a time, until a call succeeds or as many
/// have failed again. So a hanging destination does not occupy the slots of all others. Thread-safe.
class circuit_breakers {
 public:
  using clock = std::chrono::steady_clock;

  struct limits {
    std::uint32_t failures = 10;  ///< consecutive ones that open a breaker; 0: breakers never open
    std::chrono::milliseconds open_for{5'000};
    std::size_t destinations = 10'000;  ///< tracked concurrently; further failing destinations have no breaker
  };
  /// Number of breakers that are not closed.
  struct counts {
    std::size_t open = 0;
    std::size_t half_open = 0;
  };

  explicit circuit_breakers(limits l) : limits_(l) {}

  /// Nothing if a call is allowed; `succeeded` or `failed` must follow. Otherwise the time to wait before the next try: a
  /// random one to three times `open_for`, so that callers do not retry together.
  std::optional<std::chrono::milliseconds> blocked_for(const std::string& destination, clock::time_point now = clock::now());
  void succeeded(const std::string& destination);
  void failed(const std::string& destination, clock::time_point now = clock::now());
  /// Removes breakers without a call for ten minutes, and counts the others.
  counts count(clock::time_point now = clock::now());

 private:
  struct breaker {
    std::uint32_t failures = 0;  // consecutive
    clock::time_point last_failure{};
    bool open = false, half_open = false;
    bool calling = false;  // half open with a running call
  };

  std::chrono::milliseconds wait();

  const limits limits_;
  std::mutex mutex_;
  std::map<std::string, breaker> failing_;           // guarded by mutex_; other destinations' breakers are closed
  std::minstd_rand random_{std::random_device{}()};  // guarded by mutex_
};

}  // namespace millrace::resilience
