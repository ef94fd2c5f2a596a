#pragma once

#include "runtime/supervision/caf_compat.hpp"
#include "runtime/supervision/restart_policy.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace millrace::supervision {

/// A child of a supervisor. `start` spawns it, without a link or monitor, which the supervisor adds. It may be called any
/// number of times; an exception counts as a failure of the child.
struct child_spec {
  std::string name;
  std::function<caf::actor(caf::event_based_actor* supervisor)> start;
};

/// Called for every action of a supervisor, on its thread. Functions may be empty.
struct supervisor_events {
  std::function<void(const std::string& child, const caf::actor&)> started;
  std::function<void(const std::string& child, const std::string& reason)> failed;
  std::function<void(const std::string& supervisor)> escalated;
};

struct supervisor_options {
  std::string name;
  restart_policy policy;
  std::vector<child_spec> children;  ///< started in this order, stopped concurrently
  supervisor_events events;
  std::chrono::milliseconds stop_grace{5'000};  ///< for a child to end before it is killed
};

struct supervisor_state {
  static inline const char* name = "supervisor";

  struct child {
    child_spec spec;
    caf::actor_addr address;
    bool alive = false;
    bool restart = false;  ///< restarts once it and all other marked children have ended
  };

  supervisor_options options;
  restart_history history{restart_policy{}};
  std::vector<child> children;
  /// The children's handles, by index. Shared with the code that stops them when this actor ends, however it ends.
  std::shared_ptr<std::vector<caf::actor>> handles = std::make_shared<std::vector<caf::actor>>();
  std::chrono::milliseconds delay{0};  ///< before the pending restart
  std::uint64_t epoch = 0;             ///< of the newest restart order and grace timer
  bool stopping = false;
  caf::error stop_reason;
};

/// Keeps its children running, like a supervisor of Erlang/OTP: a child that ends is restarted after a back-off, alone or
/// with its siblings, depending on the strategy. Too many restarts in the policy's window end the supervisor, and its own
/// supervisor decides. `restart_policy` makes all decisions; this actor executes them. It ends, with all children, on an
/// exit message. Even if it is killed, its children are asked to exit, so none outlives it. Children are monitored, not
/// linked: CAF propagates `kill` through links, and it cannot be trapped.
caf::behavior supervisor(caf::stateful_actor<supervisor_state>* self, supervisor_options options);

/// Makes a supervisor the child of another one.
child_spec supervised(supervisor_options options);

}  // namespace millrace::supervision
