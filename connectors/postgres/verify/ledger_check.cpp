#include "connectors/postgres/verify/ledger_check.hpp"

#include "connectors/postgres/session/failure.hpp"

namespace millrace::postgres {

namespace {

constexpr statement count_imbalances{"ledger_imbalances", "select count(*) from millrace.ledger_imbalance"};

}  // namespace

// Otherwise a slow server would be retried forever. Only after prepared statements does libpqxx leave the rollback to the
// caller.
std::optional<std::size_t> count_imbalanced_accounts(unit_of_work& work) {
  auto& db = work.transaction();
  db.exec0("savepoint ledger_check");
  try {
    return work.exec(count_imbalances)[0][0].as<std::size_t>();
  } catch (const pqxx::sql_error& error) {
    if (error.sqlstate() != query_canceled) throw;
    db.exec0("rollback to savepoint ledger_check");
    return std::nullopt;
  }
}

}  // namespace millrace::postgres
