#pragma once

#include "connectors/postgres/verify/invariants.hpp"

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>

namespace millrace::cli {

/// Reads a file with one JSON object per line. Ignores a last line without a line end: it is still being written, or its
/// writer was killed. Any other invalid line throws `failure` (2) that names the line.
class json_lines {
 public:
  explicit json_lines(const std::string& file);
  /// The next line; empty at the end of the file.
  std::optional<std::string> next();
  /// Throws `failure` (2): `problem` completes the sentence "line N of FILE …" about the line read last.
  [[noreturn]] void refuse(const std::string& problem) const;

 private:
  std::string name_;
  std::ifstream file_;
  std::uint64_t line_ = 0;
};

/// Reads a producer's journal: {"id": TEXT, "tenant": TEXT, "expect": "done"|"dead"|"any", "fails": N}; only `id` is
/// required. Skips lines whose id is null, of tasks published without an id, and counts them in `without_id`.
postgres::source<postgres::confirmed_task> confirmed_tasks(json_lines& journal, std::uint64_t& without_id);

/// Reads a receiver's journal: the task id is in "id", "webhook-id" or "message_id" (<id@domain>). Skips lines with a
/// "status" of 300 or more, which are refusals.
postgres::source<std::string> effects(json_lines& journal);

}  // namespace millrace::cli
