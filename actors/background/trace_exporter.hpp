#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace millrace {

struct trace_exporter_state {
  static inline const char* name = "trace exporter";

  node_ptr shared;
  std::string body;           ///< of the request that is under way or comes again; else empty
  std::size_t spans = 0;      ///< in it
  std::uint32_t tries = 0;    ///< of it so far
  std::uint64_t request = 0;  ///< the newest one
  bool pausing = false;       ///< before the next try
  bool failing = false;       ///< the collector took nothing the last time
  caf::actor drain_to;        ///< is told once nothing waits, or the collector does not take it

  /// What it had taken is lost with it.
  ~trace_exporter_state();
};

/// Sends the node's spans to the collector, up to 512 at once: each second, or sooner if so many wait. One request at a
/// time, 10 s at most. Answers 429, 502, 503 and 504, and none at all, are followed by up to two more tries, after 1 s and 2
/// s or what `Retry-After` says; whatever the collector does not take then is dropped and counted. Nobody waits for it;
/// while it waits for the collector, the buffer fills and drops. Draining, it sends what is left, and tries nothing twice.
caf::behavior trace_exporter(caf::stateful_actor<trace_exporter_state>* self, node_ptr shared);

}  // namespace millrace
