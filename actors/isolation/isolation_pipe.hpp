#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"

#include <functional>
#include <map>
#include <string>

namespace millrace {

/// From the reader of standard input: one request of the node (actors/isolation/isolation_frame).
struct piped {
  std::string request;
};

struct isolation_pipe_state {
  static inline const char* name = "isolation pipe";

  node_ptr shared;
  std::function<void(std::string_view)> answer;
  std::uint64_t requests = 0;  ///< so far
  bool settled = false;        ///< but something of it may still be in the process
};

/// Stands in the place of the consumers in a process that executes quarantine: says that it is ready, takes one request
/// after the other, passes it to its queue's committer, and answers once nothing of it is in this process any more.
caf::behavior isolation_pipe(caf::stateful_actor<isolation_pipe_state>* self, node_ptr shared,
                             std::map<std::string, caf::actor> committers, std::function<void(std::string_view)> answer);

}  // namespace millrace

MILLRACE_LOCAL_MESSAGE(millrace::piped)
