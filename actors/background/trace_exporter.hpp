#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace millrace::actors {

struct trace_exporter_state {
  static inline const char* name = "trace exporter";

  node_ptr shared;
  std::string body;               ///< of the current request, which may be retried; else empty
  std::size_t spans = 0;          ///< number of spans in it
  std::uint32_t attempts = 0;     ///< attempts so far
  std::uint64_t request = 0;      ///< number of the newest request
  bool waiting_to_retry = false;  ///< before the next attempt
  bool failing = false;           ///< the last batch was not accepted
  caf::actor drain_to;            ///< notified once the buffer is empty or the collector has failed

  /// Spans in its current request are lost with it.
  ~trace_exporter_state();
};

/// Exports the node's spans to the collector in batches of up to 512, every second, or sooner once a batch is full. One
/// request at a time, 10 s at most. Statuses 429, 502, 503 and 504 and missing answers are retried up to twice, after 1 s
/// and 2 s or as `Retry-After` says; then the batch is dropped and counted. Never blocks other actors: meanwhile the buffer
/// fills and drops spans. While draining, exports the rest of the buffer without retries.
caf::behavior trace_exporter(caf::stateful_actor<trace_exporter_state>* self, node_ptr shared);

}  // namespace millrace::actors
