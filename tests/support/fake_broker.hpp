#pragma once

#include "actors/node/broker.hpp"
#include "connectors/amqp/wire/properties_codec.hpp"

#include <algorithm>
#include <deque>
#include <map>

namespace millrace::test {

/// A broker in memory whose every step the test takes: calls wait until `run`. Queues keep the order of publication, also
/// of returned messages. Messages are routed by the default exchange only. Not thread-safe. Its conformance to the real one
/// is tested in tests/integration/actors/broker/broker_conformance_test.cpp.
class fake_broker final : public actors::broker {
 public:
  explicit fake_broker(const std::vector<std::string>& queues) {
    for (auto& q : queues) queues_[q];
  }

  /// Executes all calls, opens channels and delivers, one read per channel and round, until nothing is left to do.
  void run() {
    for (bool progress = true; progress;) {
      progress = !calls_.empty();
      for (auto calls = std::exchange(calls_, {}); auto& call : calls) call();
      for (auto all = channels_; auto& c : all) {
        progress |= open(*c);
        progress |= deliver(*c);
      }
      std::erase_if(channels_, [](auto& c) { return c->closed; });
    }
  }
  /// Closes all channels, as a lost connection does. `run` opens new ones.
  void lose_channels(const std::string& why = "connection lost") {
    for (auto all = channels_; auto& c : all) {
      if (!c->open) continue;
      auto ended = c->epoch;
      close(*c);
      c->events.interrupted(ended, why);
    }
  }
  /// Whether channels can be opened and messages published.
  void set_connected(bool connected) {
    connected_ = connected;
    if (!connected) lose_channels();
  }

  std::size_t ready(const std::string& queue) const { return queues_.at(queue).size(); }
  std::size_t unsettled() const {
    std::size_t count = 0;
    for (auto& c : channels_) count += c->unsettled.size();
    return count;
  }
  std::size_t consumers() const {
    return static_cast<std::size_t>(std::ranges::count_if(channels_, [](auto& c) { return c->open && !c->cancelled; }));
  }
  std::size_t channels() const {
    return static_cast<std::size_t>(std::ranges::count_if(channels_, [](auto& c) { return c->open; }));
  }
  /// The options of each subscription so far.
  const std::vector<amqp::subscription_options>& subscriptions() const { return subscriptions_; }
  /// All settlements that took effect, in order.
  const std::vector<settlement>& settlements() const { return settlements_; }
  /// Number of messages that were rejected without a requeue.
  std::size_t dead_lettered() const { return dead_lettered_; }

  std::unique_ptr<subscription> subscribe(amqp::subscription_options options, amqp::subscription_events handler) override {
    subscriptions_.push_back(options);
    auto c = std::make_shared<channel>(channel{std::move(options), std::move(handler)});
    calls_.emplace_back([this, c] { channels_.push_back(c); });
    return std::make_unique<fake_subscription>(*this, c);
  }
  void publish(std::vector<message> all, publish_callback done) override {
    calls_.emplace_back([this, all = std::move(all), done = std::move(done)] {
      for (std::size_t i = 0; i < all.size(); ++i) {
        auto queue = queues_.find(all[i].routing_key);
        if (!connected_)
          done(i, amqp::confirm::unknown, "not connected");
        else if (!all[i].exchange.empty() || queue == queues_.end())
          done(i, amqp::confirm::returned, "NO_ROUTE");
        else {
          queue->second.emplace(next_position_++, stored{std::make_shared<const message>(all[i])});
          done(i, amqp::confirm::accepted, "");
        }
      }
    });
  }
  std::size_t publish_capacity() const noexcept override { return connected_ ? 1'000 : 0; }

 private:
  struct stored {
    std::shared_ptr<const message> what;
    bool redelivered = false;
    std::uint64_t position = 0;
  };
  struct channel {
    amqp::subscription_options options;
    amqp::subscription_events events;
    amqp::channel_epoch epoch{};
    std::uint64_t last_tag = 0;
    bool open = false, cancelled = false, closed = false;
    std::map<std::uint64_t, stored> unsettled = {};  // by delivery tag
  };
  class fake_subscription final : public subscription {
   public:
    fake_subscription(fake_broker& owner, std::shared_ptr<channel> c) : owner_(owner), channel_(std::move(c)) {}
    ~fake_subscription() override {
      owner_.calls_.emplace_back([&owner = owner_, c = channel_] {
        owner.close(*c);
        c->closed = true;
      });
    }
    void settle(amqp::channel_epoch epoch, std::vector<settlement> all) override {
      owner_.calls_.emplace_back([&owner = owner_, c = channel_, epoch, all = std::move(all)] {
        if (!c->open || epoch != c->epoch) return;
        for (auto& one : all) owner.settle(*c, one);
      });
    }
    void cancel(std::function<void()> done) override {
      owner_.calls_.emplace_back([c = channel_, done = std::move(done)] {
        c->cancelled = true;
        done();
      });
    }

   private:
    fake_broker& owner_;
    std::shared_ptr<channel> channel_;
  };

  bool open(channel& c) {
    if (c.open || c.cancelled || c.closed || !connected_ || !queues_.contains(c.options.queue)) return false;
    c.open = true;
    c.epoch = amqp::channel_epoch{++epochs_};
    c.last_tag = 0;
    c.events.consuming(c.epoch);
    return true;
  }
  bool deliver(channel& c) {
    if (!c.open || c.cancelled) return false;
    auto& queue = queues_.at(c.options.queue);
    std::vector<amqp::delivery> read;
    while (!queue.empty() && c.unsettled.size() < c.options.prefetch) {
      auto first = queue.begin();
      first->second.position = first->first;
      read.push_back(delivery_of(first->second, ++c.last_tag));
      c.unsettled.emplace(c.last_tag, std::move(first->second));
      queue.erase(first);
    }
    if (read.empty()) return false;
    c.events.deliveries(c.epoch, std::move(read));
    return true;
  }
  static amqp::delivery delivery_of(const stored& m, std::uint64_t tag) {
    auto raw = std::make_shared<std::pair<std::shared_ptr<const message>, std::string>>(m.what, "");
    amqp::byte_writer writer{raw->second};
    amqp::encode_properties(writer, m.what->props);
    return {.tag = amqp::delivery_tag{tag},
            .redelivered = m.redelivered,
            .exchange = m.what->exchange,
            .routing_key = m.what->routing_key,
            .raw_properties = raw->second,
            .body = m.what->body,
            .body_size = m.what->body.size(),
            .owner = raw};
  }
  void settle(channel& c, const settlement& how) {
    settlements_.push_back(how);
    auto end = c.unsettled.upper_bound(static_cast<std::uint64_t>(how.tag));
    auto at = how.multiple ? c.unsettled.begin() : c.unsettled.find(static_cast<std::uint64_t>(how.tag));
    if (at == c.unsettled.end()) throw std::logic_error("unknown delivery tag: RabbitMQ closes the channel with 406");
    for (; at != end; at = c.unsettled.erase(at)) {
      if (how.reject && how.requeue) put_back(c, at->second);
      dead_lettered_ += how.reject && !how.requeue;
    }
  }
  void put_back(channel& c, stored& m) {
    m.redelivered = true;
    auto position = m.position;
    queues_.at(c.options.queue).emplace(position, std::move(m));
  }
  void close(channel& c) {
    c.open = false;
    for (auto& [tag, m] : std::exchange(c.unsettled, {})) put_back(c, m);
  }

  std::map<std::string, std::map<std::uint64_t, stored>> queues_;  // by position
  std::vector<std::shared_ptr<channel>> channels_;
  std::deque<std::function<void()>> calls_;
  std::vector<amqp::subscription_options> subscriptions_;
  std::vector<settlement> settlements_;
  std::uint64_t next_position_ = 1, epochs_ = 0;
  std::size_t dead_lettered_ = 0;
  bool connected_ = true;
};

}  // namespace millrace::test
