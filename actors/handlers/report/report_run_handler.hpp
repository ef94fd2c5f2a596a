#pragma once

#include "actors/handlers/report/report_catalogue.hpp"
#include "runtime/task/handler.hpp"

#include <filesystem>
#include <string_view>

namespace millrace::handlers {

/// Runs a report of the catalogue and writes it as CSV (RFC 4180). docs/schemas/report.run.json describes the payload; the
/// result is {"path","rows","bytes","sha256"}. Reads one snapshot, read-only, through a cursor, so memory does not grow with
/// the number of rows. A repeated run, for example after a crash, replaces the file. An unknown report, an invalid parameter
/// and SQL that the database rejects are dead; an unavailable database and a full disk are a retry.
class report_run_handler : public effect_handler {
 public:
  static constexpr std::string_view type = "report.run";

  /// Throws std::invalid_argument if a report of the catalogue is invalid.
  report_run_handler(const std::filesystem::path& catalogue_dir, std::filesystem::path output_dir);

  void execute(const task& t, effect_context& context, completion done) override;

 private:
  report::catalogue reports_;
  std::filesystem::path output_dir_;
};

}  // namespace millrace::handlers
