#include "connectors/postgres/link.hpp"

namespace millrace::postgres {

namespace {

std::optional<std::string> sqlstate_of(const std::exception& error) {
  // From the special to the general: some of these derive from others.
  if (dynamic_cast<const pqxx::in_doubt_error*>(&error)) return "40003";
  if (dynamic_cast<const pqxx::statement_completion_unknown*>(&error)) return "40003";
  if (dynamic_cast<const pqxx::deadlock_detected*>(&error)) return "40P01";
  if (dynamic_cast<const pqxx::serialization_failure*>(&error)) return "40001";
  if (dynamic_cast<const pqxx::transaction_rollback*>(&error)) return "40000";
  if (dynamic_cast<const pqxx::too_many_connections*>(&error)) return "53300";
  if (dynamic_cast<const pqxx::broken_connection*>(&error)) return "";
  if (const auto* sql = dynamic_cast<const pqxx::sql_error*>(&error)) return sql->sqlstate();
  if (dynamic_cast<const pqxx::failure*>(&error)) return "";
  return std::nullopt;
}

}  // namespace

std::optional<failure> database_failure(const std::exception& error) {
  const auto sqlstate = sqlstate_of(error);
  if (!sqlstate) return std::nullopt;
  std::string_view message = error.what();
  for (const std::string_view prefix : {"ERROR:  ", "FATAL:  "})
    if (message.starts_with(prefix)) message.remove_prefix(prefix.size());
  return failure{classify(*sqlstate), *sqlstate, std::string(message)};
}

}  // namespace millrace::postgres
