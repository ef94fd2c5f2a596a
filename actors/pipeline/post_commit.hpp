#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"
#include "actors/pipeline/batch_transaction.hpp"

#include <vector>

namespace millrace {

/// What follows from a commit outside the database.
struct post_commit_actions {
  std::vector<start_effect> effects;      ///< for the effect executor
  std::vector<decoded_delivery> blocked;  ///< to be counted again
  settled done;                           ///< for the consumer
  bool effects_ended = false;
};

/// Works out what follows from a committed batch, whose claims belong to that epoch of the node's presence, and tells the
/// effect journal of it.
post_commit_actions resolve_post_commit(node_context& shared, const std::vector<commit_item>& items,
                                        const commit_result& result, std::uint64_t presence_epoch);

}  // namespace millrace
