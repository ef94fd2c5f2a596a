// Publishes mixed tasks at a high rate, repeats them after faults, and records the confirmed ones in a journal.
//
// usage: chaos_producer AMQP_URL[,AMQP_URL...] WEBHOOK_URL JOURNAL COUNT PER_SECOND SEED REPEATS [good|poison]
//
// COUNT 0 publishes only the accounts that transfers need. An unconfirmed message is published again with its id until it
// is confirmed. The share REPEATS is published twice. One message in a hundred is broken and must become a dead letter.
// With `good`, no message is broken; with `poison`, all are, for a separate tenant. Exits once all messages are confirmed.
// SIGTERM stops new messages.
#include "connectors/amqp/client.hpp"
#include "connectors/amqp/net/timer.hpp"
#include "runtime/supervision/event_loop.hpp"
#include "tests/chaos/load/poison.hpp"

#include <csignal>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <fstream>
#include <future>
#include <iostream>
#include <random>
#include <sstream>
#include <unistd.h>

using namespace millrace;
using namespace millrace::supervision;
using namespace millrace::chaos;
using namespace std::chrono_literals;
using nlohmann::json;
using steady = std::chrono::steady_clock;

namespace {

constexpr int accounts = 200;
constexpr std::size_t window = 800;
constexpr const char* results_queue = "chaos.results";  // consumed by results_sink.py
enum class mix { some_broken, good, poison };

volatile std::sig_atomic_t asked_to_stop = 0;

std::string account(int number) { return "customer:" + std::to_string(number); }

class producer {
 public:
  producer(std::vector<amqp::endpoint> brokers, std::string webhook_url, const std::string& journal, std::size_t count,
           double rate, std::uint64_t seed, double repeats, mix kinds)
      : webhook_url_(std::move(webhook_url)),
        journal_(journal, std::ios::app),
        left_(count),
        rate_(rate),
        repeats_(repeats),
        broken_(kinds == mix::poison ? 1
                : kinds == mix::good ? 0
                                     : 0.01),
        kinds_(kinds),
        tenant_(kinds == mix::poison ? "poison" : "acme"),
        random_(seed) {
    if (!journal_) throw std::runtime_error("cannot write " + journal);
    if (count == 0) add_accounts();
    amqp::client_options options{.hosts = std::move(brokers), .connection_name = "chaos producer", .tls = {}};
    options.reconnect_max = 1'000ms;
    loop_.run_and_wait([&] {
      // Each connection has one channel to publish on.
      client_ = std::make_unique<amqp::client>(loop_.uv(), options, amqp::topology{},
                                               amqp::client_events{.up = [this] { ++channel_, place_ = 0; },
                                                                   .down = [](const std::string&, auto) {},
                                                                   .blocked = [](bool, const std::string&) {}});
      client_->start();
    });
  }
  ~producer() {
    std::promise<void> stopped;
    loop_.run_and_wait([&] { client_->stop(1s, [&] { stopped.set_value(); }); });
    stopped.get_future().wait();
    loop_.run_and_wait([&] { client_.reset(); });
  }
  producer(const producer&) = delete;
  producer& operator=(const producer&) = delete;

  void run() {
    std::promise<void> confirmed, closed;
    amqp::loop_handles handles{loop_.uv()};
    std::unique_ptr<amqp::timer> pace;
    auto step = [&, began = steady::now()] {
      if (asked_to_stop) left_ = 0;
      auto due = rate_ * std::chrono::duration<double>(steady::now() - began).count();
      publish_what_may(static_cast<std::size_t>(due));
      if (left_ > 0 || !waiting_.empty() || open_ > 0) return;
      pace->stop();
      confirmed.set_value();
    };
    loop_.run_and_wait([&] {
      pace = std::make_unique<amqp::timer>(handles, step);
      pace->repeat(2ms);
    });
    confirmed.get_future().wait();
    loop_.run_and_wait([&] {
      pace.reset();
      handles.when_all_closed([&] { closed.set_value(); });
    });
    closed.get_future().wait();
  }

 private:
  void publish_what_may(std::size_t due) {
    while (open_ < window && client_->publish_capacity() > 0) {
      if (waiting_.empty()) {
        if (left_ == 0 || made_ >= due) return;
        --left_;
        ++made_;
        waiting_.push_back(chance(broken_) ? any_broken() : good());
      }
      auto next = std::move(waiting_.front());
      waiting_.pop_front();
      send(std::move(next));
    }
  }

  void send(message m) {
    amqp::properties p;
    p.content_type = m.content_type;
    p.type = m.type;
    p.message_id = m.message_id;
    p.headers = m.headers;
    p.headers.emplace_back("tenant", amqp::field_value{tenant_});
    if (m.not_before_s != 0) p.headers.emplace_back("not_before", amqp::field_value{m.not_before_s});
    if (m.replies) p.reply_to = results_queue;
    p.priority = m.type == "ledger.open_account" ? 10 : 5;
    ++open_;
    auto shared = std::make_shared<message>(std::move(m));
    const bool by_type = shared->queue.empty();
    shared->channel = channel_;
    shared->place = ++place_;
    ++shared->sends;
    bool taken = client_->publish({.exchange = by_type ? "millrace" : "",
                                   .routing_key = by_type ? shared->type : shared->queue,
                                   .props = p,
                                   .body = shared->body},
                                  [this, shared](amqp::confirm c, const std::string&) { answered(*shared, c); });
    if (taken) return;
    --open_;
    --shared->sends;
    waiting_.push_front(std::move(*shared));
  }

  void answered(message& m, amqp::confirm c) {
    --open_;
    if (c != amqp::confirm::accepted) return waiting_.push_back(std::move(m));
    if (m.again) return;
    json line{{"id", m.id},
              {"tenant", tenant_},
              {"type", m.type},
              {"expect", m.expect},
              {"channel", channel_name_ + std::to_string(m.channel)},
              {"place", m.place},
              {"sends", m.sends}};
    if (m.expect == "done") line["payload"] = m.body;
    if (m.not_before_s != 0) line["not_before"] = m.not_before_s;
    if (m.replies) line["reply_to"] = results_queue;
    if (m.follow_ups > 0) line["follow_ups"] = m.follow_ups;
    if (m.fails > 0) line["fails"] = m.fails;
    journal_ << line.dump() << std::endl;
    if (m.contradicted) waiting_.push_back(contradiction(m));
    if (!chance(repeats_)) return;
    m.again = true;
    waiting_.push_back(std::move(m));
  }

  message any() {
    auto kind = std::uniform_int_distribution{0, 99}(random_);
    auto number = std::to_string(made_);
    if (kind < 6)
      return make("email", "notification.email",
                  {{"to", {"customer@example.org"}}, {"subject", "Note " + number}, {"text", "Hello\n"}});
    if (kind < 12) return webhook();
    if (kind < 24) return record();
    int from = pick(), to = pick();
    bool funding = from == to || chance(0.6);
    return make("", "transaction.transfer",
                {{"debit", funding ? "bank:funding" : account(from)},
                 {"credit", account(to)},
                 {"amount", std::uniform_int_distribution{1, 500}(random_)},
                 {"currency", "EUR"}});
  }

  /// The receiver refuses one in ten once, so that it is retried.
  message webhook() {
    bool refused = kinds_ == mix::some_broken && chance(0.1);
    auto m =
        make("webhook", "notification.webhook",
             {{"url", webhook_url_ + (refused ? "/once/503" : "/hooks")}, {"event", "paid"}, {"data", {{"number", made_}}}});
    m.fails = refused ? 1 : 0;
    return m;
  }

  /// A task that records each of its executions, in the queues of the other tasks.
  message record() {
    static constexpr const char* queues[] = {"email", "webhook", "data-processing", "priority"};
    int follow_ups = chance(0.2) ? 2 : 0;
    auto m = make(queues[std::uniform_int_distribution<std::size_t>{0, std::size(queues) - 1}(random_)], "test.record",
                  {{"number", made_}, {"follow_ups", follow_ups}});
    m.follow_ups = follow_ups;
    return m;
  }

  message any_broken() { return broken(made_ % (kinds_ == mix::poison ? all_kinds : kinds_with_id)); }

  /// One task in ten has a due time in the future, so it passes through the outbox.
  message good() {
    auto m = any();
    m.replies = chance(0.1);
    if (chance(0.1)) m.not_before_s = std::time(nullptr) + std::uniform_int_distribution{1, 3}(random_);
    return m;
  }

  void add_accounts() {
    auto open = [&](const std::string& name, bool negative) {
      waiting_.push_back(
          make("", "ledger.open_account", {{"account", name}, {"currency", "EUR"}, {"allow_negative", negative}}));
    };
    open("bank:funding", true);
    for (int i = 0; i < accounts; ++i) open(account(i), false);
  }

  bool chance(double p) { return std::uniform_real_distribution{}(random_) < p; }
  int pick() { return std::uniform_int_distribution{0, accounts - 1}(random_); }

  std::string webhook_url_;
  std::ofstream journal_;
  std::size_t left_, made_ = 0, open_ = 0;
  std::uint64_t channel_ = 0, place_ = 0;
  std::string channel_name_ = std::to_string(::getpid()) + "/";
  double rate_, repeats_, broken_;
  mix kinds_;
  std::string tenant_;
  std::mt19937_64 random_;
  std::deque<message> waiting_;
  event_loop loop_;
  std::unique_ptr<amqp::client> client_;
};

std::vector<amqp::endpoint> brokers_of(const std::string& urls) {
  std::vector<amqp::endpoint> all;
  std::istringstream list{urls};
  for (std::string url; std::getline(list, url, ',');) {
    auto parsed = amqp::parse_url(url);
    if (!parsed) throw std::runtime_error(parsed.error());
    all.push_back(*parsed);
  }
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGTERM, [](int) { asked_to_stop = 1; });
  std::string_view asked = argc == 9 ? argv[8] : "";
  if (argc < 8 || argc > 9 || (argc == 9 && asked != "good" && asked != "poison")) {
    std::cerr << "usage: chaos_producer AMQP_URL WEBHOOK_URL JOURNAL COUNT PER_SECOND SEED REPEATS [good|poison]\n";
    return 2;
  }
  try {
    producer{brokers_of(argv[1]),
             argv[2],
             argv[3],
             std::strtoull(argv[4], nullptr, 10),
             std::strtod(argv[5], nullptr),
             std::strtoull(argv[6], nullptr, 10),
             std::strtod(argv[7], nullptr),
             asked == "good"     ? mix::good
             : asked == "poison" ? mix::poison
                                 : mix::some_broken}
        .run();
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "chaos_producer: " << e.what() << '\n';
    return 1;
  }
}
