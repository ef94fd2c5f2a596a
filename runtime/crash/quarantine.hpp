#pragma once

#include "runtime/task/uuid.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

namespace millrace::crash {

/// Tasks that may have crashed a process. They are executed one at a time in a separate process. Thread-safe.
class quarantine {
 public:
  struct key {
    std::string tenant;
    uuid id;
    bool operator==(const key&) const = default;
  };

  /// One relaxed load, because every delivery is checked.
  bool empty() const noexcept { return count_.load(std::memory_order_relaxed) == 0; }
  std::size_t size() const noexcept { return count_.load(std::memory_order_relaxed); }
  bool contains(const std::string& tenant, const uuid& id) const;
  /// Replaces all entries.
  void replace(std::vector<key> all);

 private:
  struct hash {
    std::size_t operator()(const key& k) const noexcept {
      return std::hash<uuid>{}(k.id) ^ std::hash<std::string>{}(k.tenant);
    }
  };
  std::atomic<std::size_t> count_{0};
  mutable std::mutex mutex_;
  std::unordered_set<key, hash> keys_;
};

}  // namespace millrace::crash
