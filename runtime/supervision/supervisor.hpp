#pragma once

#include "runtime/supervision/caf_compat.hpp"
#include "runtime/supervision/restart_policy.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace millrace {

/// One child of a supervisor. `start` spawns it (not linked, not monitored: that is the supervisor's part) and may be called
/// any number of times; what it throws counts as a failure of the child.
struct child_spec {
  std::string name;
  std::function<caf::actor(caf::event_based_actor* supervisor)> start;
};

/// Told of everything a supervisor does; called on the supervisor's thread. Empty functions are allowed.
struct supervisor_events {
  std::function<void(const std::string& child, const caf::actor&)> started;
  std::function<void(const std::string& child, const std::string& reason)> failed;
  std::function<void(const std::string& supervisor)> escalated;
};

struct supervisor_options {
  std::string name;
  restart_policy policy;
  std::vector<child_spec> children;  ///< started in this order, stopped all at once
  supervisor_events events;
  std::chrono::milliseconds stop_grace{5'000};  ///< for a child to end, before it is killed
};

struct supervisor_state {
  static inline const char* name = "supervisor";

  struct child {
    child_spec spec;
    caf::actor_addr address;
    bool alive = false;
    bool restart = false;  ///< to be started again once it, and all others marked so, are down
  };

  supervisor_options options;
  restart_history history{restart_policy{}};
  std::vector<child> children;
  /// The children's handles, by index. Shared with what stops them when this actor ends, however it ends.
  std::shared_ptr<std::vector<caf::actor>> handles = std::make_shared<std::vector<caf::actor>>();
  std::chrono::milliseconds delay{0};  ///< before the pending restart
  std::uint64_t epoch = 0;             ///< of the newest restart order and grace timer
  bool stopping = false;
  caf::error stop_reason;
};

/// An actor that keeps its children running, as Erlang/OTP's supervisor does: a child that ends is started again, alone or
/// with its siblings as the strategy says, after a back-off; too many restarts in the policy's window end the supervisor,
/// and its own supervisor decides. Whether and when is decided by `restart_policy` alone; this actor only executes it.
/// It ends, with all children, on an exit message. Even when it is killed its children are told to end, so none outlives it.
/// Children are monitored, not linked: CAF passes `kill` on through links, and it cannot be trapped.
caf::behavior supervisor(caf::stateful_actor<supervisor_state>* self, supervisor_options options);

/// The spec of a supervisor as the child of another one.
child_spec supervised(supervisor_options options);

}  // namespace millrace
