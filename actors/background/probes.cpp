#include "actors/background/probes.hpp"

namespace millrace::actors {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto interval = 1'000ms;
constexpr auto probe_timeout = 60s;  // then the actor is probed again: one that was replaced never answers

void send_probe(caf::stateful_actor<mailbox_probe_state>* self, const node_ptr& shared, const std::string& name,
                const caf::actor& target) {
  const auto sent = self->state.pending.emplace(name, clock::now()).first->second;
  supervision::probe(self, target, probe_timeout, [=](std::optional<std::uint64_t> waiting) {
    self->state.pending.erase(name);
    shared->metrics.mailbox_depth(name, waiting);
    shared->metrics.mailbox_lag(name, waiting ? std::optional{clock::now() - sent} : std::nullopt);
  });
}

void probe_all(caf::stateful_actor<mailbox_probe_state>* self, const node_ptr& shared) {
  for (auto& name : shared->directory.names()) {
    const auto open = self->state.pending.find(name);
    if (open != self->state.pending.end())
      shared->metrics.mailbox_lag(name, clock::now() - open->second);
    else if (auto target = shared->directory.find(name))
      send_probe(self, shared, name, target);
  }
  supervision::send_after(self, interval, tick{0});
}

}  // namespace

caf::behavior loop_lag_probe(caf::event_based_actor* self, const node_ptr& shared) {
  supervision::send_after(self, interval, tick{0});
  return {[=](const tick&) {
    // By reference: a job that shared ownership of the node could destroy it, and with it the loop, on the loop's own
    // thread.
    shared->loop.post([&node = *shared, posted = clock::now()] { node.metrics.loop_lag(clock::now() - posted); });
    supervision::send_after(self, interval, tick{0});
  }};
}

caf::behavior breaker_gauges(caf::event_based_actor* self, const node_ptr& shared) {
  supervision::send_after(self, interval, tick{0});
  return {[=](const tick&) {
    for (auto& [dependency, breakers] : shared->breakers) {
      const auto now = breakers.count();
      shared->metrics.circuit_breakers(dependency, now.open, now.half_open);
    }
    supervision::send_after(self, interval, tick{0});
  }};
}

caf::behavior mailbox_probe(caf::stateful_actor<mailbox_probe_state>* self, const node_ptr& shared) {
  self->send(self, tick{0});
  return {[=](const tick&) { probe_all(self, shared); }};
}

}  // namespace millrace::actors
