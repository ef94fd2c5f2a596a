#pragma once

#include "runtime/program/api/auth/sha256.hpp"

#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace millrace::api {

/// Texts that were seen, as their SHA-256, up to 4,096; when it is full, all are forgotten. Thread-safe.
class recent_digests {
 public:
  void add(std::string_view text) {
    auto digest = sha256(text);
    const std::lock_guard lock{mutex_};
    if (seen_.size() >= most) seen_.clear();
    seen_.insert(std::move(digest));
  }
  bool contains(std::string_view text) const {
    const auto digest = sha256(text);
    const std::lock_guard lock{mutex_};
    return seen_.contains(digest);
  }

 private:
  static constexpr std::size_t most = 4'096;
  mutable std::mutex mutex_;
  std::set<std::string> seen_;
};

}  // namespace millrace::api
