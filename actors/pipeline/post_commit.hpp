#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"
#include "actors/pipeline/batch_transaction.hpp"

#include <vector>

namespace millrace::actors {

/// The actions to take after a batch has committed.
struct post_commit_actions {
  std::vector<start_effect> effects;      ///< for the effect executor
  std::vector<decoded_delivery> blocked;  ///< to be recorded again
  settled done;                           ///< for the consumer
  bool effects_ended = false;
};

/// Derives the actions from a committed batch, and updates in_flight_effects. `presence_epoch` is that of the batch's
/// claims.
post_commit_actions resolve_post_commit(node_context& shared, const std::vector<commit_item>& items,
                                        const commit_result& result, std::uint64_t presence_epoch);

}  // namespace millrace::actors
