#pragma once

#include "actors/pipeline/consumer.hpp"
#include "tests/support/deterministic_system.hpp"
#include "tests/support/fake_broker.hpp"

#include <boost/test/unit_test.hpp>

namespace millrace::test {

/// A consumer of the queue "work" of a broker in memory, in virtual time. Records all that the consumer sends to its
/// committer, effect executor, isolated executor and the service that drains it.
struct consumer_scene {
  actors::node_ptr shared = std::make_shared<actors::node_context>();
  std::shared_ptr<fake_broker> broker = std::make_shared<fake_broker>(std::vector<std::string>{"work"});
  std::shared_ptr<actors::delivery_buffer> incoming = std::make_shared<actors::delivery_buffer>();
  deterministic_system world;
  std::vector<std::vector<actors::decoded_delivery>> commits;  ///< received by the committer, one entry per message
  std::vector<actors::isolate> isolated;
  std::vector<actors::queue_limits> limits;  ///< received by the effect executor
  std::size_t drains = 0;                    ///< received by the three of them
  std::size_t drained = 0;                   ///< received by the service
  struct any_type : effect_handler {
    static constexpr auto type = "any";
    void execute(const task&, effect_context&, completion) override {}
  };
  caf::actor peer, consumer;
  std::uint64_t published = 0;

  consumer_scene() {
    shared->handlers->add<any_type>({});
    shared->directory.put_broker(broker);
    peer = world.keep(world.sys.spawn(
        [this](caf::event_based_actor*, int) -> caf::behavior {
          return {
              [this](actors::commit_deliveries& in) { commits.push_back(std::move(in.batch)); },
              [this](actors::isolate& i) { isolated.push_back(std::move(i)); },
              [this](const actors::queue_limited& l) { limits.push_back(l.limits); },
              [this](const actors::drain&) { ++drains; },
              [this](const actors::drained&) { ++drained; },
              [](const actors::attach_consumer&) {},
          };
        },
        0));
    shared->directory.put("isolation", peer);
  }
  ~consumer_scene() { shared->directory.clear(); }

  void start(std::uint32_t prefetch = 10, bool ordered = false) {
    actors::queue_config config{{.name = "work", .prefetch = prefetch, .ordered = ordered}};
    consumer = world.keep(world.sys.spawn(actors::consumer, shared, std::move(config), incoming, peer, peer));
    settle_all();
  }
  /// Runs broker and actors until neither has anything left to do. The clock does not advance.
  void settle_all() {
    for (int round = 0; round < 4; ++round) {
      world.settle();
      broker->run();
    }
    world.settle();
  }
  /// Publishes `count` tasks, whose ids differ, and does not deliver them.
  void publish(std::size_t count) {
    std::vector<actors::broker::message> all;
    for (std::size_t i = 0; i < count; ++i) {
      amqp::properties props;
      props.message_id = "task-" + std::to_string(++published);
      props.type = "any";
      all.push_back({"", "work", props, "{}"});
    }
    broker->publish(std::move(all), [](auto&&...) {});
  }
  void deliver(std::size_t count) {
    publish(count);
    settle_all();
  }
  template <class Message>
  void send(Message m) {
    caf::anon_send(consumer, std::move(m));
    settle_all();
  }
  /// What the committer does when it has no work.
  void end_commit() {
    incoming->idle([&](actors::deliveries buffered) { caf::anon_send(consumer, std::move(buffered)); });
    settle_all();
  }
  void limit(actors::queue_limits to) { send(actors::queue_limited{to}); }
  void drain() { send(actors::drain{peer}); }
  void commit(std::vector<actors::delivery_key> keys) { send(actors::settled{std::move(keys), {}}); }

  /// The keys of all deliveries that the committer has received, in order.
  std::vector<actors::delivery_key> keys() const {
    std::vector<actors::delivery_key> all;
    for (auto& batch : commits)
      for (auto& i : batch) all.push_back(i.key);
    return all;
  }
  /// The settlements that the broker has received: "3" an ack, "3*" one with `multiple`, "3!" a reject, "3?" a requeue.
  std::string settlements() const {
    std::string all;
    for (auto& s : broker->settlements())
      all += (all.empty() ? "" : " ") + std::to_string(static_cast<std::uint64_t>(s.tag)) +
             (s.requeue    ? "?"
              : s.reject   ? "!"
              : s.multiple ? "*"
                           : "");
    return all;
  }
  actors::delivery_key key(std::uint64_t tag, std::uint64_t epoch = 1) const {
    return {amqp::channel_epoch{epoch}, amqp::delivery_tag{tag}};
  }
  bool ready() const { return shared->health.components()["queue work"].ready; }
};

}  // namespace millrace::test
