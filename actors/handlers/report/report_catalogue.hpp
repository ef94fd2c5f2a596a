#pragma once

#include "actors/handlers/report/report_parameters.hpp"

#include <tl/expected.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// The report catalogue: one file `NAME.sql` per report. It starts with comment lines that declare title and parameters,
///
///     -- title: Statement of an account
///     -- parameter: tenant tenant
///     -- parameter: account text
///     -- parameter: since date default 1970-01-01
///
/// followed by one SELECT, in which $1, $2, … are the parameters in declaration order. A cast ($3::date) gives PostgreSQL
/// the type if the context does not determine it.
namespace millrace::report {

struct definition {
  std::string title;
  std::vector<parameter> parameters;
  std::string sql;
};
using catalogue = std::map<std::string, definition, std::less<>>;

/// Lower-case letters, digits, '_' and '-', at most 64: no name can leave the folder.
bool is_report_name(std::string_view name) noexcept;

/// Parses one file's text; the error names the problem and the line.
tl::expected<definition, std::string> read_definition(std::string_view text);

/// Reads all *.sql files of a folder; empty if the folder does not exist. Throws std::invalid_argument, which names the
/// invalid file, so that a mistake stops the start instead of a report.
catalogue load_catalogue(const std::filesystem::path& folder);

}  // namespace millrace::report
