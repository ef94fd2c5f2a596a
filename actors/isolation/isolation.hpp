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

namespace millrace::actors {

/// Thread of the child process -> isolated executor: a message from the child, or its exit.
struct child_message {
  std::uint64_t child;
  std::string message;
};
struct child_ended {
  std::uint64_t child;
  int status;
};

struct isolation_state {
  static inline const char* name = "isolation";

  /// A crash that has not been counted yet.
  struct crash {
    std::string record;  ///< path
    std::string how;
    bool alone;  ///< the process had executed no other task before
  };

  node_ptr shared;
  std::unique_ptr<pool_client> database;
  std::deque<isolate> waiting;
  std::optional<isolate> current;
  std::unique_ptr<isolated_child> child, stopping;
  std::uint64_t child_number = 0;
  std::optional<crash> uncounted_crash;
  bool paused = false;         ///< until a timer fires
  bool database_busy = false;  ///< a transaction for the current task is in progress
  std::vector<caf::actor> draining;
};

/// Executes quarantined tasks one at a time in a separate process. A task that crashes its process gets a new process until
/// it has crashed three, the last of them while alone in it. Then it is passed to its queue's committer as a dead letter.
/// Exits caused by an unavailable database or broker are not counted. Bounded by the prefetch of the queues. If it is
/// restarted, so are the queues (runtime/program/service/supervision_tree.cpp), and the broker redelivers its tasks.
caf::behavior isolated_executor(caf::stateful_actor<isolation_state>* self, node_ptr shared);

}  // namespace millrace::actors

MILLRACE_LOCAL_MESSAGE(millrace::actors::child_message)
MILLRACE_LOCAL_MESSAGE(millrace::actors::child_ended)
