#include "runtime/program/api/auth/rate_limiter.hpp"

namespace millrace::api {

bool rate_limiter::admit(const std::string& key, flow::token_bucket::clock::time_point now) {
  const std::lock_guard lock{mutex_};
  return bucket(key, now).take(1, now) == 1;
}

bool rate_limiter::open(const std::string& key, flow::token_bucket::clock::time_point now) {
  const std::lock_guard lock{mutex_};
  return bucket(key, now).wait(now).count() == 0;
}

flow::token_bucket& rate_limiter::bucket(const std::string& key, flow::token_bucket::clock::time_point now) {
  if (entries_.size() >= max_keys && !entries_.contains(key)) evict_idle(now);
  const auto& name = entries_.size() >= max_keys && !entries_.contains(key) ? std::string{} : key;
  auto& e = entries_.try_emplace(name, entry{{rate_, burst_, now}, now}).first->second;
  e.used = now;
  return e.bucket;
}

/// Removes keys that have been idle long enough for a full bucket: a new key would get the same.
void rate_limiter::evict_idle(flow::token_bucket::clock::time_point now) {
  const std::chrono::duration<double> full{burst_ / rate_};
  std::erase_if(entries_, [&](const auto& e) { return now - e.second.used > full; });
}

}  // namespace millrace::api
