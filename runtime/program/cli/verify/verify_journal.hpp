#pragma once

#include "connectors/postgres/verify/invariants.hpp"

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>

namespace millrace::cli {

/// Reads a file of JSON objects, a line each. A last line without its line end is still being written, or its writer was
/// killed: it is left out. Any other line that cannot be read ends the command with its place (exit code 2).
class json_lines {
 public:
  explicit json_lines(const std::string& file);
  /// The next line, or none at the end.
  std::optional<std::string> next();
  /// Ends the command: `what` is wrong with the line read last.
  [[noreturn]] void refuse(const std::string& what) const;

 private:
  std::string name_;
  std::ifstream file_;
  std::uint64_t line_ = 0;
};

/// A producer's journal: {"id": TEXT, "tenant": TEXT, "expect": "done"|"dead"|"any", "fails": N}, of which only `id` is
/// required. Lines whose id is null, of tasks published without one, are counted and passed over.
postgres::source<postgres::confirmed_task> confirmed_tasks(json_lines& journal, std::uint64_t& without_id);

/// A receiver's journal: the task's id stands in "id", "webhook-id" or "message_id" (<id@domain>). Lines with a "status"
/// of 300 or more are refusals and passed over.
postgres::source<std::string> effects(json_lines& journal);

}  // namespace millrace::cli
