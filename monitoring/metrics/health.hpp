#pragma once

#include <map>
#include <mutex>
#include <string>

namespace millrace::monitoring {

/// What stands between this node and doing its work. Components report; /readyz tells. Thread-safe.
class health {
 public:
  struct status {
    bool ready = false;
    std::string why;  ///< empty when ready
  };

  /// Announces a component that must be ready before the node is, e.g. "broker", "database", "queue email".
  void expect(const std::string& component);
  void report(const std::string& component, bool ready, std::string why = {});
  /// True if every expected component is ready.
  bool ready() const;
  std::map<std::string, status> components() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, status> components_;
};

}  // namespace millrace::monitoring
