#include "connectors/amqp/channel/topology_declarer.hpp"

#include "connectors/amqp/wire/encode.hpp"

namespace millrace::amqp {

void topology_declarer::run() {
  if (total() == 0) return finish("");
  channel_ = connection_.open_channel(shared_from_this());
  if (channel_ == 0) return finish("the broker allows no channel to declare on");
  if (auto wrong = send_all(); !wrong.empty()) finish(wrong);
}

std::string topology_declarer::send_all() {
  std::string frames;
  std::size_t index = 0;
  bool fits = true;
  auto append = [&](const auto& list, auto encode_one) {
    for (auto& item : list) {
      if (!fits) return;
      auto begin = frames.size();
      fits = encode_one(frames, channel_, item) && frames.size() - begin <= connection_.frame_max();
      if (fits) ++index;
    }
  };
  append(what_.exchanges, encode::exchange_declare);
  append(what_.queues, encode::queue_declare);
  append(what_.bindings, encode::queue_bind);
  if (!fits) return "cannot declare " + describe(index) + ": a name or its arguments are too long";
  connection_.out().append(frames);
  return {};
}

bool topology_declarer::on_method(const method& m) {
  if (std::holds_alternative<channel_open_ok>(m)) return true;
  auto exchanges = what_.exchanges.size(), queues = what_.queues.size();
  bool expected = answered_ < exchanges            ? std::holds_alternative<exchange_declare_ok>(m)
                  : answered_ < exchanges + queues ? std::holds_alternative<queue_declare_ok>(m)
                                                   : std::holds_alternative<queue_bind_ok>(m);
  if (!expected || over_) return false;
  if (auto* queue = std::get_if<queue_declare_ok>(&m); queue && queue_declared_)
    queue_declared_(what_.queues[answered_ - exchanges].name, queue->ready);
  if (++answered_ == total()) finish("");
  return true;
}

void topology_declarer::on_end(const channel_end& end) {
  channel_ = 0;
  if (end.code == 0) {
    over_ = true;
    return;
  }
  finish("cannot declare " + describe(answered_) + ": " + end.why + " (" + std::to_string(end.code) + ")");
}

std::string topology_declarer::describe(std::size_t index) const {
  if (index < what_.exchanges.size()) return "exchange '" + what_.exchanges[index].name + "'";
  index -= what_.exchanges.size();
  if (index < what_.queues.size()) return "queue '" + what_.queues[index].name + "'";
  index -= what_.queues.size();
  if (index >= what_.bindings.size()) return "the topology";
  auto& binding = what_.bindings[index];
  return "binding of queue '" + binding.queue + "' to exchange '" + binding.exchange + "' by '" + binding.routing_key + "'";
}

void topology_declarer::finish(const std::string& refusal) {
  if (over_) return;
  over_ = true;
  // Closing the channel releases the connection's reference to this object.
  auto self = shared_from_this();
  if (channel_ != 0) connection_.close_channel(channel_, "topology declared");
  finished_(refusal);
}

}  // namespace millrace::amqp
