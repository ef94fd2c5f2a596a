#pragma once

#include "runtime/task/uuid.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

/// What a process had in its hands, as its crash record tells.
struct crash_report {
  struct entry {
    std::string tenant;
    uuid id;
    std::chrono::milliseconds age{0};  ///< since it was entered
  };
  std::string record;  ///< the file's name: unique, so that a crash can be counted once
  std::string node;
  int signal = 0;  ///< that ended the process; 0 if it was SIGKILL, or no signal at all
  std::vector<entry> entries;

  bool names(const std::string& tenant, const uuid& id) const;
  const entry* find(const std::string& tenant, const uuid& id) const;
};

/// Reads a record, whether its process lives or not. The error says why it is none.
tl::expected<crash_report, std::string> read_crash_record(const std::string& path);

/// The record of a process that is gone, held so that no other process takes it too.
class dead_crash_record {
 public:
  /// Nothing if the file's process lives, or somebody else has taken the record, or there is none.
  static std::optional<dead_crash_record> take(std::string path);
  dead_crash_record(dead_crash_record&& other) noexcept;
  dead_crash_record& operator=(dead_crash_record&&) = delete;
  ~dead_crash_record();

  const std::string& path() const noexcept { return path_; }
  tl::expected<crash_report, std::string> read() const { return read_crash_record(path_); }
  /// Deletes the file: it has been counted, or nothing can be learned from it.
  void remove() noexcept;

 private:
  dead_crash_record(std::string path, int file) : path_(std::move(path)), file_(file) {}
  std::string path_;
  int file_ = -1;
};

/// While it exists, no other process has one for that folder; waits for its turn. Ends with the process, too. Nothing to
/// wait for if there is no such folder.
class counting_turn {
 public:
  explicit counting_turn(const std::string& dir);
  ~counting_turn();
  counting_turn(const counting_turn&) = delete;
  counting_turn& operator=(const counting_turn&) = delete;

 private:
  int folder_;
};

/// The records of all dead processes in a folder; empty if there is no such folder.
std::vector<dead_crash_record> take_dead_crash_records(const std::string& dir);

/// "signal 11 (SIGSEGV)"
std::string describe_signal(int number);

}  // namespace millrace
