#pragma once

#include "connectors/postgres/verify/invariants.hpp"

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

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

/// Reads producers' journals: {"id": TEXT, "tenant": TEXT, "expect": "done"|"dead"|"any", "fails": N, "reply_to": QUEUE,
/// "follow_ups": N}; only `id` is required. The id is null for a task that was published without one; then "sha256" is
/// required, the hex digest of its payload. Each of the task's follow-ups without an id of its own is a task that must
/// succeed, too.
postgres::source<postgres::confirmed_task> confirmed_tasks(const std::vector<std::string>& files);
/// Reads journals of results as received: {"id": TEXT, "tenant": TEXT, "state": TEXT}.
postgres::source<postgres::received_result> received_results(const std::vector<std::string>& files);

/// Reads a line's task id (UUID text); nothing if the line does not count.
using id_reader = std::optional<std::string> (*)(const json_lines& journal, const std::string& line);
/// A line of a receiver's journal: the task id is in "id", "webhook-id" or "message_id" (<id@domain>). Lines with a "status"
/// of 300 or more are refusals and do not count.
std::optional<std::string> accepted_id(const json_lines& journal, const std::string& line);
/// A line with the task id in "id".
std::optional<std::string> listed_id(const json_lines& journal, const std::string& line);
/// The ids of all lines of the files, in order.
postgres::source<std::string> lines_of(const std::vector<std::string>& files, id_reader read);

}  // namespace millrace::cli
