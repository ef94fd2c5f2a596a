#include "actors/background/mailbox_probe.hpp"

namespace millrace {
namespace {

using namespace std::chrono_literals;
using actor_self = caf::stateful_actor<mailbox_probe_state>*;
using clock = std::chrono::steady_clock;

constexpr auto interval = 1'000ms;
constexpr auto patience = 60s;  // then it is asked again: an actor that was replaced answers no more

void ask(actor_self self, const node_ptr& shared, const std::string& name, const caf::actor& whom) {
  auto& asked = self->state.asked;
  const auto at = asked.emplace(name, clock::now()).first->second;
  probe(self, whom, patience, [=](std::optional<std::uint64_t> waiting) {
    self->state.asked.erase(name);
    shared->metrics.mailbox_depth(name, waiting);
    shared->metrics.mailbox_lag(name, waiting ? std::optional{clock::now() - at} : std::nullopt);
  });
}

void look(actor_self self, const node_ptr& shared) {
  for (auto& name : shared->directory.names()) {
    const auto open = self->state.asked.find(name);
    if (open != self->state.asked.end())
      shared->metrics.mailbox_lag(name, clock::now() - open->second);
    else if (auto whom = shared->directory.find(name))
      ask(self, shared, name, whom);
  }
  send_after(self, interval, tick{0});
}

}  // namespace

caf::behavior mailbox_probe(caf::stateful_actor<mailbox_probe_state>* self, const node_ptr& shared) {
  self->send(self, tick{0});
  return {[=](const tick&) { look(self, shared); }};
}

}  // namespace millrace
