#include "actors/handlers/report/report_query.hpp"

#include "actors/handlers/report/csv.hpp"

#include <algorithm>
#include <array>

namespace millrace::report {

namespace {

constexpr std::size_t bytes_of_a_fetch = 1024 * 1024, fewest_rows = 16, most_rows = 10'000;

std::string fetch(std::size_t rows) { return "fetch forward " + std::to_string(rows) + " from millrace_report"; }

/// Few round trips for narrow rows, little memory for wide rows.
std::size_t rows_worth_a_fetch(std::size_t rows, std::size_t bytes) {
  return std::clamp(bytes_of_a_fetch * rows / std::max<std::size_t>(bytes, 1), fewest_rows, most_rows);
}

/// Numbers, booleans, dates and times and UUIDs need no guard: PostgreSQL formats them, so they cannot contain a formula.
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

std::vector<bool> guarded_columns(const pqxx::result& rows) {
  std::vector<bool> guarded;
  for (pqxx::row::size_type column = 0; column < rows.columns(); ++column)
    guarded.push_back(is_text_column(rows.column_type(column)));
  return guarded;
}

void append_lines(std::string& lines, const pqxx::result& rows, const std::vector<bool>& guard) {
  for (const auto& row : rows) {
    for (pqxx::row::size_type column = 0; column < row.size(); ++column) {
      if (column > 0) lines += ',';
      const auto field = row[column];
      csv::append_field(lines, {field.c_str(), field.size()}, guard[static_cast<std::size_t>(column)]);
    }
    lines += "\r\n";
  }
}

}  // namespace

std::uint64_t query_to_csv(unit_of_work& work, const std::string& sql, const std::vector<std::string>& parameters,
                           const std::function<void(std::string_view)>& write) {
  auto& transaction = work.transaction();
  transaction.exec("set local timezone = 'UTC'; set local datestyle = 'ISO'");
  transaction.exec_params("declare millrace_report no scroll cursor for " + sql,
                          pqxx::prepare::make_dynamic_params(parameters));
  std::uint64_t count = 0;
  {
    // The server reads ahead while we write: one fetch is always in progress.
    pqxx::pipeline fetches(transaction);
    std::size_t wanted = 500;
    auto next = fetches.insert(fetch(wanted));
    std::vector<bool> guard;
    std::string lines;
    for (bool first = true;; first = false) {
      const auto rows = fetches.retrieve(next);
      if (first) {
        write(head_of(rows));
        guard = guarded_columns(rows);
      }
      if (rows.empty()) break;
      next = fetches.insert(fetch(wanted));
      lines.clear();
      append_lines(lines, rows, guard);
      write(lines);
      wanted = rows_worth_a_fetch(static_cast<std::size_t>(rows.size()), lines.size());
      count += static_cast<std::uint64_t>(rows.size());
    }
  }
  transaction.exec("close millrace_report");
  return count;
}

}  // namespace millrace::report
