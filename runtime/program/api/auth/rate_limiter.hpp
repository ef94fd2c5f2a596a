#pragma once

#include "runtime/flow/token_bucket.hpp"

#include <map>
#include <mutex>
#include <string>

namespace millrace::api {

/// A token bucket per key. Tracks up to 4,096 keys. When it is full, all further keys share one bucket until tracked keys
/// become idle. Thread-safe.
class rate_limiter {
 public:
  rate_limiter(double rate, double burst) : rate_(rate), burst_(burst) {}

  /// Takes one token of the key; false if its bucket is empty.
  bool admit(const std::string& key, flow::token_bucket::clock::time_point now);
  /// Whether `admit` would succeed.
  bool open(const std::string& key, flow::token_bucket::clock::time_point now);

 private:
  struct entry {
    flow::token_bucket bucket;
    flow::token_bucket::clock::time_point used;
  };
  flow::token_bucket& bucket(const std::string& key, flow::token_bucket::clock::time_point now);
  void evict_idle(flow::token_bucket::clock::time_point now);

  static constexpr std::size_t max_keys = 4'096;
  const double rate_, burst_;
  std::mutex mutex_;
  std::map<std::string, entry> entries_;
};

}  // namespace millrace::api
