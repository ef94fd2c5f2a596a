#pragma once

#include "runtime/task/uuid.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace millrace::crash {

/// The tasks that a process was executing, according to its crash record.
struct crash_report {
  struct entry {
    std::string tenant;
    uuid id;
    std::chrono::milliseconds age{0};  ///< time since it was entered
  };
  std::string record;  ///< file name; unique, so that a crash is counted once
  std::string node;
  int signal = 0;  ///< the signal that ended the process; 0 for SIGKILL or no signal
  std::vector<entry> entries;

  bool names(const std::string& tenant, const uuid& id) const;
  const entry* find(const std::string& tenant, const uuid& id) const;
};

/// Reads a record, whether or not its process lives. The error describes why the file is not a record.
tl::expected<crash_report, std::string> read_crash_record(const std::string& path);

/// The record of a process that has ended, locked so that no other process takes it as well.
class dead_crash_record {
 public:
  /// nullopt if the process lives, if another process has taken the record, or if the file does not exist.
  static std::optional<dead_crash_record> take(std::string path);
  dead_crash_record(dead_crash_record&& other) noexcept;
  dead_crash_record& operator=(dead_crash_record&&) = delete;
  ~dead_crash_record();

  const std::string& path() const noexcept { return path_; }
  tl::expected<crash_report, std::string> read() const { return read_crash_record(path_); }
  /// Deletes the file once it has been counted, or if it is unreadable.
  void remove() noexcept;

 private:
  dead_crash_record(std::string path, int file) : path_(std::move(path)), file_(file) {}
  std::string path_;
  int file_ = -1;
};

/// A lock per folder: blocks until no other process holds it. Released with this object or the process. No lock is needed if
/// the folder does not exist.
class counting_turn {
 public:
  explicit counting_turn(const std::string& dir);
  ~counting_turn();
  counting_turn(const counting_turn&) = delete;
  counting_turn& operator=(const counting_turn&) = delete;

 private:
  int folder_;
};

/// The records of all ended processes in a folder; empty if the folder does not exist.
std::vector<dead_crash_record> take_dead_crash_records(const std::string& dir);

/// "signal 11 (SIGSEGV)"
std::string describe_signal(int number);

}  // namespace millrace::crash
