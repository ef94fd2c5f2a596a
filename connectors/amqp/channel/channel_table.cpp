#include "connectors/amqp/channel/channel_table.hpp"

namespace millrace::amqp {

std::uint16_t channel_table::open(std::shared_ptr<channel_user> user) {
  if (slots_.size() >= max_) return 0;
  std::uint16_t number = 1;
  while (slots_.contains(number)) ++number;
  slots_.emplace(number, slot{std::move(user), content_assembler(max_body_bytes_, counter_), 0, {}});
  return number;
}

void channel_table::abandon(std::uint16_t channel) {
  if (auto* found = find(channel)) found->user.reset();
}

std::shared_ptr<channel_user> channel_table::free(std::uint16_t channel) {
  auto found = slots_.find(channel);
  if (found == slots_.end()) return nullptr;
  auto user = std::move(found->second.user);
  slots_.erase(found);
  return user;
}

channel_table::slot* channel_table::find(std::uint16_t channel) {
  auto found = slots_.find(channel);
  return found == slots_.end() ? nullptr : &found->second;
}

std::vector<std::shared_ptr<channel_user>> channel_table::take_all() {
  std::vector<std::shared_ptr<channel_user>> users;
  for (auto& [number, each] : slots_)
    if (each.user) users.push_back(std::move(each.user));
  slots_.clear();
  return users;
}

}  // namespace millrace::amqp
