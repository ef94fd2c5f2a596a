#pragma once

#include "runtime/program/api/auth/jwk_set.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::api {

/// Caches the keys of a token issuer. Reads them at first use, after 10 minutes, and when a token names an unknown key (the
/// issuer may have rotated its keys), but at most every 30 s, whatever tokens clients send. If reading fails, logs a warning
/// and keeps using the cached keys.
/// Thread-safe. While one thread reads, other threads wait only if the cached keys cannot serve them.
class key_source {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using read_function = std::function<tl::expected<std::string, std::string>()>;

  static constexpr std::chrono::minutes lifetime{10};
  static constexpr std::chrono::seconds min_interval{30};

  /// `read` returns the issuer's JWK Set or an error. It may block, for far less than 30 s. It is called by one thread at a
  /// time and must not throw.
  explicit key_source(read_function read) : read_(std::move(read)) {}

  /// The keys to verify a token with. `key_id` is the token's key_id_of, or empty. The set does not necessarily contain that
  /// key. Fails only if no keys have ever been read. All calls must take `now` from the same clock.
  tl::expected<std::shared_ptr<const key_set>, std::string> keys(std::string_view key_id, time_point now);

 private:
  enum class need { nothing, fresher_keys, any_keys };

  need needed(std::string_view key_id, time_point now) const;
  void refresh(time_point now);

  const read_function read_;
  std::mutex reading_;        // held while reading
  mutable std::mutex mutex_;  // guards the members below; never held while reading
  std::shared_ptr<const key_set> keys_;
  std::string error_ = "not read yet";  // of the last attempt to read
  time_point read_at_{};                // time of keys_
  std::optional<time_point> tried_at_;
};

}  // namespace millrace::api
