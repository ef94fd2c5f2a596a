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

namespace millrace {

/// `publish` spans of what a relay sends, from the publish to the broker's answer. For nodes that have a span_buffer.
class publish_spans {
 public:
  /// Rows of traced tasks are about to be published: their traceparent becomes that of the publish, for whoever takes them.
  /// A retry is the child of the try before, a follow-up that of the try that asked for it, in the same trace: if that was
  /// traced for its share alone, so is the follow-up.
  void begin(const node_context& shared, std::uint64_t batch, std::vector<postgres::outbox_row>& rows);
  /// The broker has answered.
  void end(node_context& shared, const batch_confirmed& answer);
  /// It has not, and is not waited for any more.
  void give_up(node_context& shared, std::uint64_t batch);

 private:
  struct under_way {
    std::int64_t row;
    span what;
  };

  void close(node_context& shared, std::uint64_t batch,
             const std::function<std::optional<std::string>(std::int64_t)>& trouble);

  std::map<std::uint64_t, std::vector<under_way>> batches_;  ///< by number; those without a traced row are not here
};

}  // namespace millrace
