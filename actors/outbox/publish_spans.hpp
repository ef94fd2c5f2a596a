#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"
#include "connectors/postgres/task/outbox_store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace millrace::actors {

/// The `publish` spans of a relay, from the publish to the broker's confirm. Used only if the node has a span_buffer.
class publish_spans {
 public:
  /// Starts spans for the traced tasks of a batch. Their traceparent becomes that of the publish, for the consumer. A retry
  /// is the child of the previous attempt, a follow-up the child of the attempt that requested it, in the same trace: if
  /// that was sampled, so is the follow-up.
  void start(const node_context& shared, std::uint64_t batch, std::vector<postgres::outbox_row>& rows);
  /// Ends the spans of the rows that the broker's answer lists.
  void end(node_context& shared, const batch_confirmed& answer);
  /// Ends a batch's spans with an error, because the broker did not confirm in time.
  void abandon(node_context& shared, std::uint64_t batch);

 private:
  struct open_span {
    std::int64_t row;
    tracing::span what;
  };

  void close(node_context& shared, std::uint64_t batch, const std::function<bool(std::int64_t)>& answered,
             const std::function<std::optional<std::string>(std::int64_t)>& error_of);

  std::map<std::uint64_t, std::vector<open_span>> batches_;  ///< by batch number; only batches with traced rows
};

}  // namespace millrace::actors
