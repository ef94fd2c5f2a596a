#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node.hpp"
#include "actors/pipeline/batch_transaction.hpp"

#include <vector>

namespace millrace {

/// What follows from a commit outside the database.
struct after_commit_orders {
  std::vector<start_effect> effects;  ///< for the runner
  std::vector<inbound> held;          ///< to be counted again
  settled done;                       ///< for the consumer
  bool effects_ended = false;
};

/// Works out what follows from a committed batch, whose claims belong to that epoch of the node's presence, and tells the
/// effect journal of it.
after_commit_orders after_commit(node& shared, const std::vector<commit_item>& items, const commit_result& result,
                                 std::uint64_t presence_epoch);

}  // namespace millrace
