#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"
#include "actors/storage/pool_client.hpp"

#include <chrono>
#include <memory>

namespace millrace {

struct ledger_audit_state {
  static inline const char* name = "ledger audit";

  node_ptr shared;
  std::unique_ptr<pool_client> database;
  bool looking = false;
  std::chrono::steady_clock::time_point next{};  ///< not before
};

/// Looks every 5 minutes whether each account's balance is the sum of its entries, on the node that leads the schedulers:
/// one at a time is enough, as it reads the whole ledger. It does so on a report connection, in a read-only snapshot within
/// `report.statement_timeout`, and rests ten times as long as it took, so that reports get their turn.
caf::behavior ledger_audit(caf::stateful_actor<ledger_audit_state>* self, const node_ptr& shared);

}  // namespace millrace
