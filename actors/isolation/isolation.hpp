#pragma once

#include "actors/isolation/isolated_child.hpp"
#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"
#include "actors/storage/pool_client.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

/// From a child's thread: it said something, or has ended.
struct child_said {
  std::uint64_t child;
  std::string message;
};
struct child_ended {
  std::uint64_t child;
  int status;
};

struct isolation_state {
  static inline const char* name = "isolation";

  /// A crash that is not counted yet.
  struct crash {
    std::string record;  ///< path
    std::string how;
    bool alone;  ///< the child had executed nothing else before
  };

  node_ptr shared;
  std::unique_ptr<pool_client> database;
  std::deque<isolate> waiting;
  std::optional<isolate> current;
  std::unique_ptr<isolated_child> child, leaving;
  std::uint64_t child_number = 0;
  std::optional<crash> uncounted;
  bool paused = false;  ///< until a timer says so
  bool asking = false;  ///< the database, about the current one
  std::vector<caf::actor> draining;
};

/// Executes quarantine, one at a time, in a process of their own. One that crashes its process is given a new one, until it
/// has crashed three in all and the last of them alone: then it is handed to its queue's committer as a dead letter. What a
/// database or a broker that is away does to the process counts for nothing. Bounded by the prefetch of the queues. If it is
/// restarted, so are the queues (runtime/program/service/supervision_tree.cpp): the broker has what was here.
caf::behavior isolated_executor(caf::stateful_actor<isolation_state>* self, node_ptr shared);

}  // namespace millrace

MILLRACE_LOCAL_MESSAGE(millrace::child_said)
MILLRACE_LOCAL_MESSAGE(millrace::child_ended)
