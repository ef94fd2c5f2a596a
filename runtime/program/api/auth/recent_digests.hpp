#pragma once

#include "config/text/digest.hpp"

#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace millrace::api {

/// A set of up to 4,096 texts, stored as SHA-256 digests. Cleared when it is full. Thread-safe.
class recent_digests {
 public:
  void add(std::string_view text) {
    auto digest = text::sha256(text);
    const std::lock_guard lock{mutex_};
    if (digests_.size() >= max_size) digests_.clear();
    digests_.insert(std::move(digest));
  }
  bool contains(std::string_view text) const {
    const auto digest = text::sha256(text);
    const std::lock_guard lock{mutex_};
    return digests_.contains(digest);
  }

 private:
  static constexpr std::size_t max_size = 4'096;
  mutable std::mutex mutex_;
  std::set<std::string> digests_;
};

}  // namespace millrace::api
