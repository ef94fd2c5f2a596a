#include "actors/node/broker_connections.hpp"

#include "actors/delivery/topology.hpp"
#include "actors/node/connector_options.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>

namespace millrace::actors {
namespace {

constexpr std::chrono::milliseconds close_grace{1'000};

/// What the connection of one queue's consumer declares. The exchanges are the shared connection's.
amqp::topology part_of(const amqp::topology& all, const std::string& queue) {
  amqp::topology part;
  std::ranges::copy_if(all.queues, std::back_inserter(part.queues), [&](auto& q) { return q.name == queue; });
  std::ranges::copy_if(all.bindings, std::back_inserter(part.bindings), [&](auto& b) { return b.queue == queue; });
  return part;
}

}  // namespace

class broker_connections::subscription final : public broker::subscription {
 public:
  struct shared;
  explicit subscription(std::shared_ptr<shared> s) : shared_(std::move(s)) {}
  ~subscription() override;
  void settle(amqp::channel_epoch epoch, std::vector<settlement> all) override;
  void cancel(std::function<void()> done) override;

 private:
  std::shared_ptr<shared> shared_;
};

struct broker_connections::state : std::enable_shared_from_this<broker_connections::state> {
  supervision::event_loop& loop;
  events handler;
  std::unique_ptr<amqp::client> consume;  // both on the loop's thread only
  std::unique_ptr<amqp::client> publish;
  bool closing = false;
  bool declared = false;  ///< the consuming connection has been up
  std::atomic<std::size_t> capacity{0};
  const amqp::topology topology;
  /// Options of a further connection to consume with this name.
  const std::function<amqp::client_options(const std::string& name)> consume_options;
  std::vector<std::weak_ptr<subscription::shared>> ordered;  // subscriptions with a connection of their own

  state(supervision::event_loop& l, const config::settings& s, events e)
      : loop(l),
        handler(std::move(e)),
        topology(make_topology(s)),
        consume_options([s](const std::string& name) { return amqp_options(s, s.node + " consume" + name); }) {}

  amqp::client_events events_of(const char* connection) {
    return {
        .up =
            [this, connection] {
              if (!closing) note_capacity(), handler.up(connection);
            },
        .down =
            [this, connection](const std::string& why, std::chrono::milliseconds) {
              if (!closing) note_capacity(), handler.down(connection, why);
            },
        .blocked =
            [this](bool blocked, const std::string& why) {
              if (!closing) note_capacity(), handler.blocked(blocked, why);
            },
    };
  }

  /// Both shared connections declare the topology. The results are reported once.
  amqp::client_events consume_events() {
    auto made = events_of("amqp_consume");
    made.up = [this, up = std::move(made.up)] {
      if (!closing && !std::exchange(declared, true)) connect_others();
      up();
    };
    made.declaration = [this](const amqp::declaration_result& result) {
      if (!closing && handler.declaration) handler.declaration(result);
    };
    return made;
  }

  void connect_others();
  void note_capacity() { capacity = publish ? publish->publish_capacity() : 0; }

  void stop_clients(std::chrono::milliseconds grace);
};

struct broker_connections::subscription::shared {
  std::shared_ptr<broker_connections::state> owner;
  amqp::subscription_id id{};
  bool active = false;
  std::unique_ptr<amqp::client> own;  // of an ordered subscription; on the loop's thread only

  amqp::client& client() const { return own ? *own : *owner->consume; }

  template <class Job>
  void post(std::shared_ptr<shared> self, Job job) {
    owner->loop.post([self = std::move(self), job = std::move(job)] {
      if (self->active && !self->owner->closing) job(*self, self->client());
    });
  }

  void make_connection(const std::string& queue, std::function<void(amqp::channel_epoch, const std::string&)> interrupted) {
    amqp::client_events events;
    events.down = [interrupted = std::move(interrupted)](const std::string& why, auto) { interrupted({}, why); };
    own = std::make_unique<amqp::client>(owner->loop.uv(), owner->consume_options(" " + queue),
                                         part_of(owner->topology, queue), std::move(events));
    if (owner->declared) own->start();
  }

  /// Ends the connection of an ordered subscription.
  static void disconnect(const std::shared_ptr<shared>& self, std::chrono::milliseconds grace) {
    if (!self->own || !std::exchange(self->active, false)) return;
    self->own->stop(grace, [self] { self->owner->loop.post([self] { self->own.reset(); }); });
  }
};

void broker_connections::state::connect_others() {
  publish->start();
  for (auto& each : ordered)
    if (auto s = each.lock(); s && s->own) s->own->start();
}

void broker_connections::state::stop_clients(std::chrono::milliseconds grace) {
  if (closing) return;
  closing = true;
  capacity = 0;
  for (auto& each : std::exchange(ordered, {}))
    if (auto s = each.lock()) subscription::shared::disconnect(s, grace);
  // Posted, because a client must not be destroyed from within its own callback.
  for (auto* c : {&consume, &publish}) {
    if (!*c) continue;
    (*c)->stop(grace, [self = shared_from_this(), c] { self->loop.post([self, c] { c->reset(); }); });
  }
}

broker_connections::broker_connections(supervision::event_loop& loop, const config::settings& s, events handler)
    : state_(std::make_shared<state>(loop, s, std::move(handler))) {
  auto publish = amqp_options(s, s.node + " publish");
  loop.post([st = state_, publish] {
    if (st->closing) return;
    auto& declare = st->topology;
    st->consume = std::make_unique<amqp::client>(st->loop.uv(), st->consume_options(""), declare, st->consume_events());
    st->publish = std::make_unique<amqp::client>(st->loop.uv(), publish, declare, st->events_of("amqp_publish"));
    st->consume->start();
  });
}

broker_connections::~broker_connections() { close(close_grace); }

void broker_connections::close(std::chrono::milliseconds grace) {
  state_->loop.post([st = state_, grace] { st->stop_clients(grace); });
}

std::unique_ptr<broker::subscription> broker_connections::subscribe(amqp::subscription_options options,
                                                                    amqp::subscription_events handler) {
  auto shared = std::make_shared<subscription::shared>();
  shared->owner = state_;
  state_->loop.post([shared, options = std::move(options), handler = std::move(handler)] {
    auto& st = *shared->owner;
    if (st.closing || !st.consume) return;
    if (options.ordered) {
      std::erase_if(st.ordered, [](auto& each) { return each.expired(); });
      st.ordered.push_back(shared);
      shared->make_connection(options.queue, handler.interrupted);
    }
    shared->id = shared->client().subscribe(options, handler);
    shared->active = true;
  });
  return std::make_unique<subscription>(std::move(shared));
}

broker_connections::subscription::~subscription() {
  shared_->post(shared_, [self = shared_](shared& s, amqp::client& c) {
    if (s.own) return shared::disconnect(self, close_grace);
    s.active = false;
    c.unsubscribe(s.id);
  });
}

void broker_connections::subscription::settle(amqp::channel_epoch epoch, std::vector<settlement> all) {
  shared_->post(shared_, [epoch, all = std::move(all)](shared& s, amqp::client& c) {
    for (auto& one : all) {
      if (one.reject)
        c.reject(s.id, epoch, one.tag, one.requeue);
      else
        c.ack(s.id, epoch, one.tag, one.multiple);
    }
  });
}

void broker_connections::subscription::cancel(std::function<void()> done) {
  shared_->post(shared_, [](shared& s, amqp::client& c) { c.cancel(s.id); });
  shared_->owner->loop.post(std::move(done));
}

void broker_connections::publish(std::vector<message> all, publish_callback done) {
  state_->loop.post([st = state_, all = std::move(all), done = std::move(done)] {
    for (std::size_t i = 0; i < all.size(); ++i) {
      auto confirmed = [st, done, i](amqp::confirm c, const std::string& why) {
        st->note_capacity();
        done(i, c, why);
      };
      auto& m = all[i];
      bool sent = st->publish && !st->closing &&
                  st->publish->publish(
                      {.exchange = m.exchange, .routing_key = m.routing_key, .props = m.props, .body = m.body}, confirmed);
      if (!sent) done(i, amqp::confirm::unknown, "the publishing connection is down, blocked or full");
    }
    st->note_capacity();
  });
}

std::size_t broker_connections::publish_capacity() const noexcept { return state_->capacity; }

}  // namespace millrace::actors
