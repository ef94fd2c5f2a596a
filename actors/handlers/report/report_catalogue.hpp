#pragma once

#include "actors/handlers/report/report_parameters.hpp"

#include <tl/expected.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// The reports that may be run: one file `NAME.sql` each. It starts with comment lines that declare title and parameters:
///
///     -- title: Statement of an account
///     -- parameter: tenant tenant
///     -- parameter: account text
///     -- parameter: since date default 1970-01-01
///
/// and goes on with one SELECT, in which $1, $2, … are the parameters in the order declared. A cast ($3::date) tells
/// PostgreSQL the type where the place does not.
namespace millrace::report {

struct definition {
  std::string title;
  std::vector<parameter> parameters;
  std::string sql;
};
using catalogue = std::map<std::string, definition, std::less<>>;

/// Lower-case letters, digits, '_' and '-', at most 64: nothing that could leave a folder.
bool is_report_name(std::string_view name) noexcept;

/// Reads one file's text; fails with what is wrong and the line.
tl::expected<definition, std::string> read_definition(std::string_view text);

/// Reads all *.sql of a folder, none if there is no such folder. Throws std::invalid_argument naming the file that cannot
/// be read, so that a mistake stops the start and not a report.
catalogue load_catalogue(const std::filesystem::path& folder);

}  // namespace millrace::report
