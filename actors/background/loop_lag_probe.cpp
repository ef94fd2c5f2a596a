#include "actors/background/loop_lag_probe.hpp"

#include <chrono>

namespace millrace {

caf::behavior loop_lag_probe(caf::event_based_actor* self, const node_ptr& shared) {
  using clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds interval{1'000};
  send_after(self, interval, tick{0});
  return {[=](const tick&) {
    // The loop is the node's; a job that held the node might be the last to do so, and end the loop from within.
    shared->loop.post([&node = *shared, asked = clock::now()] { node.metrics.loop_lag(clock::now() - asked); });
    send_after(self, interval, tick{0});
  }};
}

}  // namespace millrace
