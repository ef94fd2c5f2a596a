#include "actors/node/actor_directory.hpp"

namespace millrace {

// What is replaced is destroyed after the lock is let go of: it may wait for a thread that looks something up here.
void address_book::put(const std::string& name, caf::actor a) {
  std::lock_guard lock{mutex_};
  std::swap(actors_[name], a);
}

caf::actor address_book::find(const std::string& name) const {
  std::lock_guard lock{mutex_};
  auto it = actors_.find(name);
  return it == actors_.end() ? caf::actor{} : it->second;
}

std::vector<std::string> address_book::names() const {
  std::lock_guard lock{mutex_};
  std::vector<std::string> all;
  for (auto& [name, a] : actors_) all.push_back(name);
  return all;
}

void address_book::clear() {
  std::map<std::string, caf::actor> actors;
  std::shared_ptr<broker> connections;
  std::lock_guard lock{mutex_};
  actors.swap(actors_);
  connections.swap(broker_);
}

void address_book::put_broker(std::shared_ptr<broker> b) {
  std::lock_guard lock{mutex_};
  broker_.swap(b);
}

std::shared_ptr<broker> address_book::find_broker() const {
  std::lock_guard lock{mutex_};
  return broker_;
}

}  // namespace millrace
