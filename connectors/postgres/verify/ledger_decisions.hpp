#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

/// Reads the ledger's history for `millrace verify`. All in the caller's transaction, which must be REPEATABLE READ.
namespace millrace::postgres {

/// A row of table `account`.
struct account_row {
  std::string tenant, name, currency;
  bool allow_negative = false;
  std::int64_t opened_us = 0;  ///< microseconds since 1970; start of the transaction that opened it
};

/// The payload of a task. Invalid if the task's row is gone.
struct task_payload_row {
  std::string content_type, payload;
};

/// A transfer as posted.
struct posted_transfer_row {
  std::string debit, credit, currency, memo;
  std::int64_t amount = 0;  ///< minor units
};

/// A posted or refused transfer. Both if its id was used for a different transfer before (`id_reused`).
struct ledger_decision {
  std::string tenant, task_id;
  std::int64_t decided_us = 0;  ///< microseconds since 1970; after the accounts were locked and before the commit
  std::int64_t batch_us = 0;    ///< start of the transaction that decided, which its whole batch shares; 0: unknown
  std::optional<task_payload_row> task;
  std::optional<posted_transfer_row> posted;
  std::string refusal;  ///< the result's `reason`; empty if posted
};

/// A succeeded task that opened an account.
struct opening_row {
  std::string tenant, task_id;
  task_payload_row task;
};

void read_accounts(unit_of_work& work, const std::function<void(account_row)>& each);
void read_openings(unit_of_work& work, const std::function<void(opening_row)>& each);
/// Reads all decisions in the order in which they took effect on each account. Reads in pages, so memory is bounded.
void read_ledger_decisions(unit_of_work& work, const std::function<void(ledger_decision)>& each);
/// Decisions before this time, microseconds since 1970, may be out of order: earlier versions recorded the start of the
/// transaction.
std::int64_t ledger_ordered_since(unit_of_work& work);

}  // namespace millrace::postgres
