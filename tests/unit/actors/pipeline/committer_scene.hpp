#pragma once

#include "actors/pipeline/committer.hpp"
#include "tests/support/deterministic_system.hpp"
#include "tests/support/fake_http_client.hpp"

#include <boost/test/unit_test.hpp>

namespace millrace::test {
using namespace actors;
using postgres::failure_class;

struct money_type : transactional_handler {
  static constexpr auto type = "money";
  std::vector<outcome> execute(unit_of_work&, std::span<const task>) override { return {}; }
};
struct mail_type : effect_handler {
  static constexpr auto type = "mail";
  void execute(const task&, effect_context&, completion) override {}
};

/// A committer in virtual time. The test answers its transactions in the pool's place and records what it sends.
struct committing {
  node_ptr shared = std::make_shared<node_context>();
  std::shared_ptr<delivery_buffer> incoming = std::make_shared<delivery_buffer>();
  deterministic_system world;
  std::deque<run_unit> units;  ///< submitted and not answered
  std::vector<delivery_key> acknowledged, rejected, abandoned;
  std::vector<start_effect> effects;
  std::size_t settlements = 0, buffered = 0, due = 0;
  caf::actor peer, pool, committer;
  std::uint64_t last_tag = 0;

  committing() {
    shared->handlers->add<money_type>({});
    shared->handlers->add<mail_type>({});
    peer = world.keep(world.sys.spawn(
        [this](caf::event_based_actor*, int) -> caf::behavior {
          return {
              [this](const settled& s) {
                ++settlements;
                acknowledged.insert(acknowledged.end(), s.acknowledge.begin(), s.acknowledge.end());
                rejected.insert(rejected.end(), s.reject.begin(), s.reject.end());
              },
              [this](const actors::abandoned& a) {
                abandoned.insert(abandoned.end(), a.deliveries.begin(), a.deliveries.end());
              },
              [this](start_effect& e) { effects.push_back(std::move(e)); },
              [this](const deliveries& d) { buffered += d.batch.size(); },
              [this](const outbox_added&) { ++due; },
              [](const attach_committer&) {},
          };
        },
        0));
    shared->directory.put("outbox relay", peer);
    start_pool();
    start();
  }
  ~committing() {
    effects.clear();
    units.clear();
    shared->directory.clear();
  }

  void start_pool() {
    pool = world.keep(
        world.sys.spawn([this](caf::event_based_actor*,
                               int) -> caf::behavior { return {[this](run_unit& u) { units.push_back(std::move(u)); }}; },
                        0));
    shared->directory.put("postgres pool tasks", pool);
  }
  void start(bool ordered = false) {
    committer = world.keep(
        world.sys.spawn(actors::committer, shared, queue_config{{.name = "work", .ordered = ordered}}, incoming, peer));
    send(attach_consumer{peer});
  }
  template <class Message>
  void send(Message m) {
    caf::anon_send(committer, std::move(m));
    world.settle();
  }

  decoded_delivery delivery(const char* type = "money", std::uint64_t epoch = 1) {
    decoded_delivery i;
    i.what = make_task(type, "{}");
    i.what.id = uuid::v7(std::chrono::system_clock::now());
    i.key = {amqp::channel_epoch{epoch}, amqp::delivery_tag{++last_tag}};
    return i;
  }
  void deliver(std::vector<decoded_delivery> batch) { send(commit_deliveries{std::move(batch)}); }
  void deliver(std::size_t count) {
    std::vector<decoded_delivery> batch;
    while (batch.size() < count) batch.push_back(delivery());
    deliver(std::move(batch));
  }

  const commit_plan& plan() const { return *units.front().work.target<batch_work>()->plan; }
  /// The delivery tags of the open transaction.
  std::string tags() const {
    if (units.empty()) return "none";
    std::string all;
    for (auto& item : *plan().items)
      all += (all.empty() ? "" : " ") + std::to_string(static_cast<std::uint64_t>(delivery_in(item)->key.tag));
    return all;
  }
  void answer(unit_result r) {
    BOOST_REQUIRE(!units.empty());
    auto sequence = units.front().sequence;
    units.pop_front();
    send(unit_done{sequence, std::move(r)});
  }
  void succeed(commit_result r = {}) { answer(std::any{std::make_shared<const commit_result>(std::move(r))}); }
  void fail(failure_class kind, std::string sqlstate = "22003") {
    answer(tl::unexpected(postgres::failure{kind, std::move(sqlstate), "no"}));
  }
  std::string acknowledged_tags() const {
    std::string all;
    for (auto& k : acknowledged) all += (all.empty() ? "" : " ") + std::to_string(static_cast<std::uint64_t>(k.tag));
    return all;
  }
};

/// The commit result of a task that another node executes.
inline commit_result executed_elsewhere() {
  commit_result r;
  r.blocked = {0};
  return r;
}
/// The commit result of an effect that was claimed.
inline commit_result claimed_effect(std::uint32_t attempt) {
  commit_result r;
  r.claimed.push_back({0, attempt, 17, false});
  return r;
}

}  // namespace millrace::test
