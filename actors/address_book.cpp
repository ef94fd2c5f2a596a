#include "actors/address_book.hpp"

namespace millrace {

void address_book::put(const std::string& name, caf::actor a) {
  std::lock_guard lock{mutex_};
  actors_[name] = std::move(a);
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
  std::lock_guard lock{mutex_};
  actors_.clear();
  broker_.reset();
}

void address_book::put_broker(std::shared_ptr<broker> b) {
  std::lock_guard lock{mutex_};
  broker_ = std::move(b);
}

std::shared_ptr<broker> address_book::find_broker() const {
  std::lock_guard lock{mutex_};
  return broker_;
}

}  // namespace millrace
