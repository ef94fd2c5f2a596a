#pragma once

#include "runtime/supervision/caf_compat.hpp"

#include <caf/scheduler/test_coordinator.hpp>

#include <vector>

namespace millrace::test {

/// An actor system whose scheduler and clock are driven by the test. Spawn every actor through `keep`, so that it ends
/// before the system. Never spawn detached actors here.
class deterministic_system {
 public:
  deterministic_system() : sched(dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler())) {}

  /// Actors with a pending timer keep themselves alive, so timers are dropped last.
  ~deterministic_system() {
    for (auto& a : kept_) caf::anon_send_exit(a, caf::exit_reason::kill);
    while (sched.try_run_once()) {
    }
    sched.clock().cancel_all();
  }

  caf::actor keep(caf::actor a) {
    kept_.push_back(a);
    return a;
  }
  /// Runs all pending messages and those that follow from them. The clock does not advance.
  void settle() {
    while (sched.try_run_once()) {
    }
  }
  /// Advances the clock and runs due timers.
  void advance(std::chrono::milliseconds time) {
    sched.advance_time(time);
    settle();
  }

 private:
  struct config : caf::actor_system_config {
    config() { set("scheduler.policy", caf::atom("testing")); }
  };
  config config_;

 public:
  caf::actor_system sys{config_};
  caf::scheduler::test_coordinator& sched;

 private:
  std::vector<caf::actor> kept_;
};

}  // namespace millrace::test
