#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"

#include <functional>
#include <map>
#include <string>

namespace millrace::actors {

/// Reader of standard input -> isolation pipe: one request of the node (actors/isolation/isolation_frame).
struct piped {
  std::string request;
};

struct isolation_pipe_state {
  static inline const char* name = "isolation pipe";

  node_ptr shared;
  std::function<void(std::string_view)> answer;
  std::uint64_t requests = 0;  ///< number of requests so far
  bool settled = false;        ///< but code of the task may still run in this process
};

/// Replaces the consumers in an isolated process: reports that it is ready, takes one request at a time, passes it to its
/// queue's committer, and answers once no code of the task runs in this process any more.
caf::behavior isolation_pipe(caf::stateful_actor<isolation_pipe_state>* self, node_ptr shared,
                             std::map<std::string, caf::actor> committers, std::function<void(std::string_view)> answer);

}  // namespace millrace::actors

MILLRACE_LOCAL_MESSAGE(millrace::actors::piped)
