#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"
#include "actors/storage/pool_client.hpp"

#include <chrono>
#include <memory>

namespace millrace::actors {

struct ledger_audit_state {
  static inline const char* name = "ledger audit";

  node_ptr shared;
  std::unique_ptr<pool_client> database;
  bool running = false;
  std::chrono::steady_clock::time_point next{};  ///< earliest time of the next check
};

/// Every 5 minutes, verifies that each account's balance is the sum of its entries. Runs on the scheduler leader only,
/// because it reads the whole ledger. Uses a report connection and a read-only snapshot, limited by
/// `report.statement_timeout`, and pauses for at least ten times the duration of the check, to leave the connections to
/// reports.
caf::behavior ledger_audit(caf::stateful_actor<ledger_audit_state>* self, const node_ptr& shared);

}  // namespace millrace::actors
