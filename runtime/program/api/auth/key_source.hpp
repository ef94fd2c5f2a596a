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

/// Keeps the keys of a token issuer fresh. They are read at first use, again once they are 10 minutes old, and again when a
/// token names a key that is not among them (the issuer may have changed its keys), but never more often than every 30 s,
/// whatever tokens strangers send. If reading fails, the log says so at warn, and the keys that are there stay in use.
/// Thread-safe. While one thread reads, only those wait that could not get an answer from the keys that are there.
class key_source {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using read_function = std::function<tl::expected<std::string, std::string>()>;

  static constexpr std::chrono::minutes lifetime{10};
  static constexpr std::chrono::seconds least_interval{30};

  /// `read` returns the issuer's JWK Set, or why it cannot. It may block, for far less than 30 s, is called by one thread at
  /// a time, and must not throw.
  explicit key_source(read_function read) : read_(std::move(read)) {}

  /// The keys to verify a token with; `key_id` is what key_id_of says of it, empty if it names none. The set need not hold
  /// that key. The error says why there are no keys at all. `now` comes from one clock, always.
  tl::expected<std::shared_ptr<const key_set>, std::string> keys(std::string_view key_id, time_point now);

 private:
  enum class need { nothing, fresher_keys, any_keys };

  need what_for(std::string_view key_id, time_point now) const;
  void read_anew(time_point now);

  const read_function read_;
  std::mutex reading_;        // held by the thread that reads
  mutable std::mutex mutex_;  // guards what follows; never held while reading
  std::shared_ptr<const key_set> keys_;
  std::string trouble_ = "have not been read yet";  // while there are no keys
  time_point read_at_{};                            // keys_
  std::optional<time_point> tried_at_;
};

}  // namespace millrace::api
