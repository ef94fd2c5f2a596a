#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"

#include <chrono>
#include <map>
#include <string>

namespace millrace {

struct mailbox_probe_state {
  static inline const char* name = "mailbox probe";

  std::map<std::string, std::chrono::steady_clock::time_point> asked;  ///< since when an actor owes its answer
};

/// Sends every supervised actor a probe once a second and notes how long it waited in the mailbox, and how many messages
/// stood behind it. An actor that still owes the answer to one gets no other, so a mailbox that nobody empties does not fill
/// with them.
caf::behavior mailbox_probe(caf::stateful_actor<mailbox_probe_state>* self, const node_ptr& shared);

}  // namespace millrace
