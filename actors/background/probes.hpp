#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"

#include <chrono>
#include <map>
#include <string>

/// Actors that measure this process once a second, for the metrics.
namespace millrace::actors {

/// "event loop probe": posts a job to the event loop and records how long it was queued, which is the delay of every socket
/// event.
caf::behavior loop_lag_probe(caf::event_based_actor* self, const node_ptr& shared);

/// "breaker gauges": counts the circuit breakers that are open or half-open.
caf::behavior breaker_gauges(caf::event_based_actor* self, const node_ptr& shared);

struct mailbox_probe_state {
  static inline const char* name = "mailbox probe";

  std::map<std::string, std::chrono::steady_clock::time_point> pending;  ///< by actor: when its open probe was sent
};

/// "mailbox probe": sends a probe to every supervised actor and records its time in the mailbox and the number of messages
/// behind it. An actor with an open probe gets no other one, so that the probes of a stuck actor do not accumulate.
caf::behavior mailbox_probe(caf::stateful_actor<mailbox_probe_state>* self, const node_ptr& shared);

}  // namespace millrace::actors
