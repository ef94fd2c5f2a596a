#pragma once

#include "runtime/supervision/caf_compat.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace millrace::actors {

class broker;

/// Maps the names of supervised actors to their current incarnations. Supervisors update it at every start, so the client of
/// an actor that may be restarted looks it up again after a DOWN. Thread-safe. (CAF's registry does not overwrite names, so
/// it cannot be used.)
class actor_directory {
 public:
  void put(const std::string& name, caf::actor a);
  /// The latest incarnation, which may have ended since, or an invalid handle.
  caf::actor find(const std::string& name) const;
  std::vector<std::string> names() const;
  /// Releases all handles; called at shutdown.
  void clear();

  void put_broker(std::shared_ptr<broker> b);
  /// The connections of the current broker link, or nullptr.
  std::shared_ptr<broker> find_broker() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, caf::actor> actors_;
  std::shared_ptr<broker> broker_;
};

}  // namespace millrace::actors
