#include "actors/node/actor_directory.hpp"

namespace millrace::actors {

// The replaced handle is destroyed after the lock is released: its actor may wait for a thread that calls `find`.
void actor_directory::put(const std::string& name, caf::actor a) {
  std::lock_guard lock{mutex_};
  std::swap(actors_[name], a);
}

caf::actor actor_directory::find(const std::string& name) const {
  std::lock_guard lock{mutex_};
  auto it = actors_.find(name);
  return it == actors_.end() ? caf::actor{} : it->second;
}

std::vector<std::string> actor_directory::names() const {
  std::lock_guard lock{mutex_};
  std::vector<std::string> all;
  for (auto& [name, a] : actors_) all.push_back(name);
  return all;
}

void actor_directory::clear() {
  std::map<std::string, caf::actor> actors;
  std::shared_ptr<broker> connections;
  std::lock_guard lock{mutex_};
  actors.swap(actors_);
  connections.swap(broker_);
}

void actor_directory::put_broker(std::shared_ptr<broker> b) {
  std::lock_guard lock{mutex_};
  broker_.swap(b);
}

std::shared_ptr<broker> actor_directory::find_broker() const {
  std::lock_guard lock{mutex_};
  return broker_;
}

}  // namespace millrace::actors
