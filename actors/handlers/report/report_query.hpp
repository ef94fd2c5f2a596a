#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::report {

/// Runs one SELECT with bound parameters through a cursor and passes the result on as CSV, line by line: the column names,
/// then the rows. Returns the number of rows. Times are in UTC, dates in ISO format.
std::uint64_t query_to_csv(unit_of_work& work, const std::string& sql, const std::vector<std::string>& parameters,
                           const std::function<void(std::string_view)>& write);

}  // namespace millrace::report
