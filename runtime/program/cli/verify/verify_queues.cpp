#include "runtime/program/cli/verify/verify_queues.hpp"

#include "actors/broker/queue_depths.hpp"
#include "actors/delivery/topology.hpp"
#include "actors/node/connector_options.hpp"
#include "connectors/http/client.hpp"
#include "runtime/program/cli/broker_session.hpp"
#include "runtime/program/cli/command.hpp"
#include "runtime/supervision/event_loop.hpp"

#include <algorithm>

namespace millrace::cli {

using postgres::finding;

struct queue_counter::management {
  supervision::event_loop loop;
  std::unique_ptr<http::client> client;

  explicit management(const config::settings& s) {
    auto post = [this](std::function<void()> job) { loop.post(std::move(job)); };
    loop.run_and_wait([&] { client = http::make_client(loop.uv(), post, actors::management_options(s)); });
  }
  ~management() {
    loop.run_and_wait([this] { client.reset(); });
  }
  management(const management&) = delete;
  management& operator=(const management&) = delete;
};

namespace {

constexpr int management_tries = 5;  // a busy broker may answer late

void add(finding& f, const std::string& queue, std::int64_t left) {
  ++f.of;
  if (left <= 0) return;
  f.breaches += left;
  f.examples.push_back(queue + ": " + std::to_string(left));
}

std::int64_t parked_in(const std::map<std::string, std::int64_t>& parked, const std::string& queue) {
  auto found = parked.find(queue);
  return found == parked.end() ? 0 : found->second;
}

}  // namespace

queue_counter::queue_counter(const config::settings& s) : settings_(s) {
  if (!s.amqp.management_url.empty()) management_ = std::make_unique<management>(s);
}
queue_counter::~queue_counter() = default;

/// The declaration of a queue reports its ready messages without a delay.
std::map<std::string, std::int64_t> queue_counter::ready() {
  broker_session broker{actors::amqp_options(settings_, "millrace verify"), actors::make_topology(settings_),
                        settings_.amqp.connect_timeout};
  if (broker.error()) throw failure(failed, "verify: broker unavailable: " + *broker.error());
  std::map<std::string, std::int64_t> counted;
  for (auto& one : broker.problems()) throw failure(failed, "verify: " + one.problem);
  for (auto& [queue, messages] : broker.depths()) counted[queue] = messages;
  return counted;
}

std::vector<finding> queue_counter::count(const std::map<std::string, std::int64_t>& parked) {
  finding left{.invariant = "I12", .what = "messages left in the queues", .examples = {}};
  finding unacked{.invariant = "I12", .what = "messages left unacknowledged", .checked = counts_unacked(), .examples = {}};
  auto counted = ready();
  if (management_) {
    auto depths = actors::ask_depths(*management_->client, settings_.amqp);
    for (int tries = 1; !depths && tries < management_tries; ++tries)
      depths = actors::ask_depths(*management_->client, settings_.amqp);
    if (!depths) throw failure(failed, "verify: management API unavailable: " + depths.error());
    for (auto& [queue, depth] : *depths) {
      counted[queue] = std::max(counted[queue], static_cast<std::int64_t>(depth.ready.value_or(0)));
      add(unacked, queue, static_cast<std::int64_t>(depth.unacked.value_or(0)));
    }
  }
  for (auto& [queue, messages] : counted) add(left, queue, messages - parked_in(parked, queue));
  return {left, unacked};
}

}  // namespace millrace::cli
