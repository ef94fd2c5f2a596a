#pragma once

#include "runtime/supervision/caf_compat.hpp"

#include <caf/scheduler/test_coordinator.hpp>

#include <vector>

namespace millrace::test {

/// An actor system whose scheduler runs nothing by itself and whose clock stands still: the test says when. Spawn every
/// actor through `keep`, so that it is ended before the system is. Never spawn detached actors here.
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
  /// Runs all messages that are there and that follow from them; time does not pass.
  void settle() {
    while (sched.try_run_once()) {
    }
  }
  /// Lets time pass and runs what was due.
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
