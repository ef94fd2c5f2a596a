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

/// Circuit breakers (Nygard, "Release It!", 2007), one for each destination that fails: after so many failures in a row it
/// is left alone for a while (open), then called by one at a time (half open) until a call succeeds, or as many have failed
/// again. So a destination that hangs does not hold the places of all others. Thread-safe.
class circuit_breakers {
 public:
  using clock = std::chrono::steady_clock;

  struct limits {
    std::uint32_t failures = 10;  ///< in a row that open one; 0: none opens
    std::chrono::milliseconds open_for{5'000};
    std::size_t destinations = 10'000;  ///< with failures, periodic_query at once; what fails beyond is called as ever
  };
  /// How many are not closed.
  struct counts {
    std::size_t open = 0;
    std::size_t half_open = 0;
  };

  explicit circuit_breakers(limits l) : limits_(l) {}

  /// Nothing if a call may go out; `succeeded` or `failed` is to follow. Else how long to wait before asking again: once to
  /// three times `open_for`, so that not all come at once.
  std::optional<std::chrono::milliseconds> held_back(const std::string& destination, clock::time_point now = clock::now());
  void succeeded(const std::string& destination);
  void failed(const std::string& destination, clock::time_point now = clock::now());
  /// Forgets those that nobody has called for ten minutes, and counts the rest.
  counts count(clock::time_point now = clock::now());

 private:
  struct breaker {
    std::uint32_t failures = 0;  // in a row
    clock::time_point last_failure{};
    bool open = false, half_open = false;
    bool calling = false;  // half open, and a call is under way
  };

  std::chrono::milliseconds wait();

  const limits limits_;
  std::mutex mutex_;
  std::map<std::string, breaker> failing_;           // guarded by mutex_; who is not in it is closed
  std::minstd_rand random_{std::random_device{}()};  // guarded by mutex_
};

}  // namespace millrace::resilience
