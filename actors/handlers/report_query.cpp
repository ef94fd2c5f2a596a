#include "actors/handlers/report_query.hpp"

#include "actors/handlers/csv.hpp"

#include <algorithm>
#include <array>

namespace millrace::report {

namespace {

constexpr const char* next_rows = "fetch forward 500 from millrace_report";

/// Numbers, truth values, dates and times, UUIDs by their type: their text is PostgreSQL's own, so no formula can hide in
/// it.
bool is_text_column(pqxx::oid type) {
  static constexpr std::array<pqxx::oid, 15> others{16,   20,   21,   23,   26,   700,  701, 790,
                                                    1082, 1083, 1114, 1184, 1186, 1700, 2950};
  return std::find(others.begin(), others.end(), type) == others.end();
}

std::string head_of(const pqxx::result& rows) {
  std::string line;
  for (pqxx::row::size_type column = 0; column < rows.columns(); ++column) {
    if (column > 0) line += ',';
    csv::append_field(line, rows.column_name(column), true);
  }
  return line + "\r\n";
}

}  // namespace

std::uint64_t query_to_csv(unit_of_work& work, const std::string& sql, const std::vector<std::string>& parameters,
                           const std::function<void(std::string_view)>& write) {
  auto& transaction = work.transaction();
  transaction.exec("set local timezone = 'UTC'; set local datestyle = 'ISO'");
  transaction.exec_params("declare millrace_report no scroll cursor for " + sql,
                          pqxx::prepare::make_dynamic_params(parameters));
  auto rows = transaction.exec(next_rows);
  write(head_of(rows));
  std::vector<bool> guard;
  for (pqxx::row::size_type column = 0; column < rows.columns(); ++column)
    guard.push_back(is_text_column(rows.column_type(column)));

  std::uint64_t count = 0;
  std::string line;
  for (; !rows.empty(); rows = transaction.exec(next_rows)) {
    for (const auto& row : rows) {
      line.clear();
      for (pqxx::row::size_type column = 0; column < row.size(); ++column) {
        if (column > 0) line += ',';
        const auto field = row[column];
        csv::append_field(line, {field.c_str(), field.size()}, guard[static_cast<std::size_t>(column)]);
      }
      line += "\r\n";
      write(line);
    }
    count += static_cast<std::uint64_t>(rows.size());
  }
  transaction.exec("close millrace_report");
  return count;
}

}  // namespace millrace::report
