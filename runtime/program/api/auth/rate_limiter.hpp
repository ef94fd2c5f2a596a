#pragma once

#include "runtime/flow/token_bucket.hpp"

#include <map>
#include <mutex>
#include <string>

namespace millrace::api {

/// A rate for each of many keys. Remembers up to 4,096 of them; whoever comes when it is full shares one bucket with all
/// others who do, until the others have been quiet. Thread-safe.
class rate_limiter {
 public:
  rate_limiter(double rate, double burst) : rate_(rate), burst_(burst) {}

  /// Takes one token of that key; false if there is none.
  bool admit(const std::string& key, token_bucket::clock::time_point now);
  /// Whether there is one to take.
  bool open(const std::string& key, token_bucket::clock::time_point now);

 private:
  struct entry {
    token_bucket bucket;
    token_bucket::clock::time_point used;
  };
  token_bucket& bucket(const std::string& key, token_bucket::clock::time_point now);
  void forget_quiet(token_bucket::clock::time_point now);

  static constexpr std::size_t most = 4'096;
  const double rate_, burst_;
  std::mutex mutex_;
  std::map<std::string, entry> entries_;
};

}  // namespace millrace::api
