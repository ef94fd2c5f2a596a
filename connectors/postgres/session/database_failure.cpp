#include "connectors/postgres/session/raw_connection.hpp"

namespace millrace::postgres {

namespace {

// Some of libpqxx's exceptions do not carry the SQLSTATE that they stand for.
std::string sqlstate_of_sql_error(const pqxx::sql_error& error) {
  if (!error.sqlstate().empty()) return error.sqlstate();
  if (dynamic_cast<const pqxx::insufficient_privilege*>(&error)) return "42501";
  if (dynamic_cast<const pqxx::disk_full*>(&error)) return "53100";
  if (dynamic_cast<const pqxx::out_of_memory*>(&error)) return "53200";
  if (dynamic_cast<const pqxx::insufficient_resources*>(&error)) return "53000";
  if (dynamic_cast<const pqxx::syntax_error*>(&error)) return "42601";
  if (dynamic_cast<const pqxx::feature_not_supported*>(&error)) return "0A000";
  if (dynamic_cast<const pqxx::integrity_constraint_violation*>(&error)) return "23000";
  if (dynamic_cast<const pqxx::data_exception*>(&error)) return "22000";
  if (dynamic_cast<const pqxx::plpgsql_error*>(&error)) return "P0000";
  return "";
}

std::optional<std::string> sqlstate_of(const std::exception& error) {
  // Derived classes before their bases.
  if (dynamic_cast<const pqxx::in_doubt_error*>(&error)) return "40003";
  if (dynamic_cast<const pqxx::statement_completion_unknown*>(&error)) return "40003";
  if (dynamic_cast<const pqxx::deadlock_detected*>(&error)) return "40P01";
  if (dynamic_cast<const pqxx::serialization_failure*>(&error)) return "40001";
  if (dynamic_cast<const pqxx::transaction_rollback*>(&error)) return "40000";
  if (dynamic_cast<const pqxx::too_many_connections*>(&error)) return "53300";
  if (dynamic_cast<const pqxx::broken_connection*>(&error)) return "";
  if (const auto* sql = dynamic_cast<const pqxx::sql_error*>(&error)) return sqlstate_of_sql_error(*sql);
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
