#pragma once

#include <map>
#include <mutex>
#include <string>

namespace millrace::monitoring {

/// Readiness of the components of a node, as /readyz returns it. Thread-safe.
class health {
 public:
  struct status {
    bool ready = false;
    std::string reason;  ///< empty when ready
  };

  /// Registers a component that must be ready before the node is, for example "broker", "database" or "queue email".
  void expect(const std::string& component);
  void report(const std::string& component, bool ready, std::string reason = {});
  /// True if every expected component is ready.
  bool ready() const;
  std::map<std::string, status> components() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, status> components_;
};

}  // namespace millrace::monitoring
