#pragma once

#include "runtime/crash/crash_layout.hpp"
#include "runtime/task/task.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::crash {

struct crash_record_options {
  std::string path;  ///< of the file to create; see `new_crash_record_path`
  std::string node;
  std::uint32_t slots = 8'192;
  /// Called on the entering thread with the number of tasks that found no slot. May be empty.
  std::function<void(std::size_t)> full = nullptr;
};

/// Lists the tasks that this process is executing, in a file that outlives it: the next process reads it
/// (runtime/crash/crash_report). The file is memory-mapped, so that entering and leaving only copy bytes. It is locked while
/// the process lives, and removed with this object. It is not synced: it survives a crash of the process, not of the
/// machine. Thread-safe.
class crash_record {
 public:
  /// Throws std::runtime_error with the path and the reason.
  explicit crash_record(crash_record_options options);
  ~crash_record();
  crash_record(const crash_record&) = delete;
  crash_record& operator=(const crash_record&) = delete;

  /// Tasks that stay entered until this object is destroyed. Must not outlive the record.
  class entry {
   public:
    entry() = default;
    entry(entry&& other) noexcept : record_(std::exchange(other.record_, nullptr)), slots_(std::move(other.slots_)) {}
    entry& operator=(entry&& other) noexcept;
    ~entry() { leave(); }
    void leave() noexcept;

   private:
    friend class crash_record;
    entry(crash_record* record, std::vector<std::uint32_t> slots) : record_(record), slots_(std::move(slots)) {}
    crash_record* record_ = nullptr;
    std::vector<std::uint32_t> slots_;
  };
  /// Enters tasks that are about to be executed. Tasks beyond the last free slot are not entered.
  [[nodiscard]] entry enter(std::span<const task> tasks);
  std::size_t entered() const;

  /// From now on a fatal signal (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) is recorded in the file before it ends the
  /// process. One record per process.
  void note_fatal_signals();

  const std::string& path() const noexcept { return options_.path; }

 private:
  crash_layout::slot& slot(std::uint32_t index) const noexcept;
  void leave(const std::vector<std::uint32_t>& slots) noexcept;

  crash_record_options options_;
  int file_ = -1;
  crash_layout::header* header_ = nullptr;
  mutable std::mutex mutex_;
  std::vector<std::uint32_t> free_;  // guarded by mutex_
};

/// Creates the folder for crash records if it is missing, with access for this user only. Throws std::runtime_error.
void make_state_dir(const std::string& dir);
/// A new record name in `dir`, unique among processes.
std::string new_crash_record_path(const std::string& dir, const std::string& node);

inline constexpr std::string_view crash_record_suffix = ".crash";

}  // namespace millrace::crash
