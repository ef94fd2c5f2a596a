#pragma once

#include "runtime/supervision/caf_compat.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace millrace {

class broker;

/// Where the living incarnation of each supervised actor is found, by its name. Supervisors write it at every start, so a
/// client of an actor that may be restarted looks it up anew after a DOWN. Thread-safe.
/// (CAF's registry does not overwrite a name, so it cannot serve here.)
class actor_directory {
 public:
  void put(const std::string& name, caf::actor a);
  /// The newest incarnation (it may have ended since), or an invalid handle.
  caf::actor find(const std::string& name) const;
  std::vector<std::string> names() const;
  /// Lets go of all handles; at shutdown.
  void clear();

  void put_broker(std::shared_ptr<broker> b);
  /// The broker connections of the living broker link, or nullptr.
  std::shared_ptr<broker> find_broker() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, caf::actor> actors_;
  std::shared_ptr<broker> broker_;
};

}  // namespace millrace
