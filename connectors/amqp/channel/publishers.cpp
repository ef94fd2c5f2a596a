#include "connectors/amqp/channel/publishers.hpp"

#include "connectors/amqp/routing.hpp"

#include <algorithm>

namespace millrace::amqp {
namespace {

/// Limit for the bytes waiting for the socket, above which publishes are refused; the window's count does not bound them.
constexpr std::size_t max_unsent = 8 * 1024 * 1024;
/// RabbitMQ stops reading a whole connection when one of its channels owes it 400 messages (credit_flow_default_credit), so
/// a blocked channel must hold fewer. Credit is returned in steps of 200.
constexpr std::size_t target_window = 200;

}  // namespace

publishers::publishers(loop_handles& handles, const client_options& options, const topology& what,
                       const declarations& declared, std::function<void()> ready, std::mt19937_64& seeds)
    : handles_(handles), options_(options), topology_(what), declarations_(declared), ready_(std::move(ready)) {
  shared_ = make({}, seeds());
  for (auto& queue : what.queues) by_queue_.emplace(queue.name, make(queue.name, seeds()));
}

/// Without a topology, the shared channel is the only one: it may fill the window, and gives nothing up.
std::shared_ptr<publisher_channel> publishers::make(const std::string& queue, std::uint64_t seed) {
  bool only = topology_.queues.empty();
  publisher_hooks hooks{[this, queue] {
                          auto& which = queue.empty() ? shared_ : by_queue_.find(queue)->second;
                          if (usable()) which->open(*connection_, user_);
                        },
                        [this, queue] {
                          if (queue.empty()) ready_();
                        },
                        [this](const std::string& why) {
                          if (usable()) connection_->abort(why);
                        }};
  return std::make_shared<publisher_channel>(
      handles_, queue.empty() ? "a queue outside the topology" : "queue '" + queue + "'",
      only ? options_.confirm_window : std::min(options_.confirm_window, target_window), !only, std::move(hooks), seed);
}

void publishers::open(connection& where, std::string user) {
  connection_ = &where;
  user_ = std::move(user);
  shared_->open(where, user_);
}

void publishers::abandon(const std::string& why) {
  connection_ = nullptr;
  shared_->abandon(why);
  for (auto& [queue, each] : by_queue_) each->abandon(why);
}

std::size_t publishers::capacity() const {
  if (!usable() || connection_->unsent() > max_unsent) return 0;
  auto taken = shared_->outstanding();
  for (auto& [queue, each] : by_queue_) taken += each->outstanding();
  return options_.confirm_window - std::min(options_.confirm_window, taken);
}

bool publishers::publish(const outgoing& message, confirm_callback done) {
  if (capacity() == 0) return false;
  auto* queue = target_of(topology_, message.exchange, message.routing_key);
  auto& target = queue == nullptr ? shared_ : by_queue_.find(queue->name)->second;
  if (queue != nullptr) {
    // The broker would pass the message on to the alternate exchange, or drop it, without an error.
    auto* known = declarations_.find(queue->name);
    if (!known->answered() || !known->result().problem.empty()) {
      auto why = known->answered() ? known->result().problem : "queue '" + queue->name + "' has not been declared yet";
      target->answer_later(std::move(done), confirm::unknown, std::move(why));
      return true;
    }
  }
  if (!target->waiting()) target->open(*connection_, user_);
  target->publish(message, std::move(done));
  return true;
}

}  // namespace millrace::amqp
