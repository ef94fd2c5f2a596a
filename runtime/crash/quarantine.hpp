#pragma once

#include "runtime/task/uuid.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

namespace millrace {

/// Tasks that may have crashed a process: they are executed alone, in a process of their own. Thread-safe.
class quarantine {
 public:
  struct key {
    std::string tenant;
    uuid id;
    bool operator==(const key&) const = default;
  };

  /// One relaxed load, for the path that every delivery takes.
  bool empty() const noexcept { return count_.load(std::memory_order_relaxed) == 0; }
  std::size_t size() const noexcept { return count_.load(std::memory_order_relaxed); }
  bool contains(const std::string& tenant, const uuid& id) const;
  /// From now on these and no others.
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

}  // namespace millrace
