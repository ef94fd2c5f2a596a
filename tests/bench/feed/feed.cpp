// Publishes tasks with publisher confirms, as fast as the broker takes them or at a steady rate.
#include "connectors/amqp/client.hpp"
#include "runtime/supervision/event_loop.hpp"
#include "tests/bench/feed/messages.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <csignal>
#include <fstream>
#include <future>
#include <iostream>
#include <random>
#include <stdexcept>
#include <thread>

using namespace millrace;
using namespace millrace::supervision;
using namespace millrace::bench;
using namespace std::chrono_literals;

namespace {

using steady = std::chrono::steady_clock;

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// The rate does not depend on the broker (open loop): the latency of a task published late counts from its due time.
class feeder {
 public:
  feeder(const amqp::endpoint& broker, recipe what, std::uint64_t count, double rate, const std::string& journal)
      : what_(std::move(what)), count_(count), rate_(rate) {
    if (!journal.empty()) journal_.open(journal);
    if (journal_.is_open() && !journal_) throw std::runtime_error("cannot write " + journal);
    if (journal_.is_open()) journal_ << "id,due_us,confirmed_us\n";
    amqp::client_options options{.hosts = {broker}, .connection_name = "bench feed", .confirm_window = 4'000, .tls = {}};
    amqp::topology none;
    loop_.run_and_wait([&] {
      client_ = std::make_unique<amqp::client>(loop_.uv(), options, none, amqp::client_events{});
      client_->start();
    });
  }
  ~feeder() {
    std::promise<void> stopped;
    loop_.run_and_wait([&] { client_->stop(1s, [&] { stopped.set_value(); }); });
    stopped.get_future().wait();
    loop_.run_and_wait([&] { client_.reset(); });
  }
  feeder(const feeder&) = delete;
  feeder& operator=(const feeder&) = delete;

  void run() {
    bool connected = false;
    for (; !connected; std::this_thread::sleep_for(1ms))
      loop_.run_and_wait([&] { connected = client_->publish_capacity() > 0; });
    began_ = steady::now();
    began_us_ = now_us();
    auto pause = rate_ > 0 ? 200us : 1ms;
    for (bool done = false; !done; std::this_thread::sleep_for(pause))
      loop_.run_and_wait([&] {
        if (!failure_.empty()) throw_later_ = true;
        publish_what_is_due();
        done = throw_later_ || (sent_ == count_ && confirmed_ == count_);
      });
    if (throw_later_) throw std::runtime_error(failure_);
    auto seconds = std::chrono::duration<double>(steady::now() - began_).count();
    std::cout << static_cast<std::uint64_t>(static_cast<double>(count_) / seconds) << '\n';
  }

 private:
  void publish_what_is_due() {
    auto due = count_;
    if (rate_ > 0)
      due = std::min(count_,
                     static_cast<std::uint64_t>(rate_ * std::chrono::duration<double>(steady::now() - began_).count()));
    while (sent_ < due && client_->publish_capacity() > 0) send(sent_++);
  }

  void send(std::uint64_t number) {
    auto m = make_message(what_, number);
    amqp::properties p;
    p.content_type = "application/json";
    p.type = m.type;
    p.message_id = m.id;
    p.headers.emplace_back("tenant", amqp::field_value{std::string{"acme"}});
    auto due_us = rate_ > 0 ? began_us_ + static_cast<std::int64_t>(static_cast<double>(number) * 1e6 / rate_) : now_us();
    auto confirmed = [this, id = journal_.is_open() ? m.id : std::string{}, due_us](amqp::confirm c,
                                                                                    const std::string& why) {
      if (c != amqp::confirm::accepted) failure_ = "a task was not confirmed: " + why;
      ++confirmed_;
      if (journal_.is_open()) journal_ << id << ',' << due_us << ',' << now_us() << '\n';
    };
    client_->publish({.exchange = {}, .routing_key = m.queue, .props = p, .body = m.body}, confirmed);
  }

  recipe what_;
  std::uint64_t count_, sent_ = 0, confirmed_ = 0;
  double rate_;
  std::ofstream journal_;
  std::string failure_;
  bool throw_later_ = false;
  steady::time_point began_;
  std::int64_t began_us_ = 0;
  event_loop loop_;
  std::unique_ptr<amqp::client> client_;
};

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app{"Publishes COUNT tasks of one KIND with publisher confirms. Prints the rate per second.", "bench_feed"};
  std::string url, journal;
  recipe what{.kind = {}, .queue = {}, .accounts = 1'000, .url = {}, .run = std::random_device{}()};
  std::uint64_t count = 0;
  double rate = 0;
  app.add_option("--broker", url, "amqp://… URL")->required();
  app.add_option("--kind", what.kind, "kind of the tasks")->required()->check(CLI::IsMember(kinds()));
  app.add_option("--count", count, "number of tasks")->required();
  app.add_option("--rate", rate, "tasks per second (default: as fast as the broker confirms)");
  app.add_option("--queue", what.queue, "target queue (default: the queue of the kind)");
  app.add_option("--accounts", what.accounts, "number of ledger accounts")->check(CLI::Range(2U, 100'000'000U));
  app.add_option("--url", what.url, "target of webhooks");
  app.add_option("--padding", what.padding, "additional bytes in each payload");
  app.add_option("--journal", journal, "CSV file with the due time and the confirm time of each task");
  CLI11_PARSE(app, argc, argv);
  try {
    auto broker = amqp::parse_url(url);
    if (!broker) throw std::runtime_error(broker.error());
    feeder{*broker, what, count, rate, journal}.run();
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "bench_feed: " << e.what() << '\n';
    return 1;
  }
}
