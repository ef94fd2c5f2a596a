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

namespace millrace {

struct crash_record_options {
  std::string path;  ///< of the file to make; see `new_crash_record_path`
  std::string node;
  std::uint32_t slots = 8'192;
  /// Told, on the thread that enters, how many tasks found no slot. May be empty.
  std::function<void(std::size_t)> full = nullptr;
};

/// Which tasks are in the hands of code that may crash on them, in a file that outlives the process: whoever starts next
/// reads it (runtime/crash/crash_report). The file is mapped, so that entering and leaving is copying; it is held with a
/// lock for as long as the process lives, and removed with this object. It is not synced: it survives the process, not the
/// machine. All functions may be called from any thread.
class crash_record {
 public:
  /// Throws std::runtime_error, with the path and the reason.
  explicit crash_record(crash_record_options options);
  ~crash_record();
  crash_record(const crash_record&) = delete;
  crash_record& operator=(const crash_record&) = delete;

  /// Tasks that are entered until this object is destroyed, which has to be before the record is.
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
  /// Enters tasks that are about to be executed. Where all slots are taken, what is left is not entered.
  [[nodiscard]] entry enter(std::span<const task> tasks);
  std::size_t entered() const;

  /// From now on a fatal signal (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) is noted in the file before it ends the process
  /// as it would have. Of one record in a process.
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

/// Makes the folder for crash records, for this user alone, if it is missing. Throws std::runtime_error.
void make_state_dir(const std::string& dir);
/// A name for a new record in `dir` that no other process takes.
std::string new_crash_record_path(const std::string& dir, const std::string& node);

inline constexpr std::string_view crash_record_suffix = ".crash";

}  // namespace millrace
