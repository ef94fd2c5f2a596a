#include "runtime/crash/crash_record.hpp"

#include "runtime/crash/crash_signals.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <numeric>
#include <random>
#include <stdexcept>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace millrace::crash {
namespace {

[[noreturn]] void fail(const std::string& what, const std::string& path) {
  throw std::runtime_error("cannot " + what + " " + path + ": " + std::strerror(errno));
}

std::int64_t now_ms() {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

/// A reader never sees the file unlocked: it gets its name after it is locked.
int make_locked(const std::string& path, std::size_t size) {
  auto unnamed = path + ".new";
  int file = ::open(unnamed.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) fail("create", unnamed);
  // Reserved up front, because a page that a full disk cannot provide later raises SIGBUS.
  int reserved = ::posix_fallocate(file, 0, static_cast<off_t>(size));
  if (reserved != 0) errno = reserved;
  if (reserved != 0 || ::flock(file, LOCK_EX | LOCK_NB) != 0 || ::rename(unnamed.c_str(), path.c_str()) != 0) {
    auto why = errno;
    ::close(file);
    ::unlink(unnamed.c_str());
    errno = why;
    fail("create", path);
  }
  return file;
}

std::size_t size_of(std::uint32_t slots) { return sizeof(crash_layout::header) + slots * sizeof(crash_layout::slot); }

}  // namespace

crash_record::crash_record(crash_record_options options) : options_(std::move(options)) {
  options_.slots = std::clamp<std::uint32_t>(options_.slots, 1, crash_layout::max_slots);
  auto size = size_of(options_.slots);
  file_ = make_locked(options_.path, size);
  void* mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
  if (mapped == MAP_FAILED) {
    ::unlink(options_.path.c_str());
    ::close(file_);
    fail("map", options_.path);
  }
  header_ =
      new (mapped) crash_layout::header{.magic = crash_layout::magic, .slots = options_.slots, .signal = {}, .node = {}};
  options_.node.copy(header_->node.data(), header_->node.size() - 1);
  free_.resize(options_.slots);
  std::iota(free_.rbegin(), free_.rend(), 0U);  // slots are used from the front, so that few pages are touched
}

crash_record::~crash_record() {
  forget_fatal_signals(&header_->signal);
  ::unlink(options_.path.c_str());
  ::munmap(header_, size_of(options_.slots));
  ::close(file_);
}

crash_layout::slot& crash_record::slot(std::uint32_t index) const noexcept {
  return reinterpret_cast<crash_layout::slot*>(header_ + 1)[index];
}

crash_record::entry crash_record::enter(std::span<const task> tasks) {
  have_alternate_stack();
  std::vector<std::uint32_t> taken;
  {
    const std::lock_guard lock{mutex_};
    auto count = std::min(tasks.size(), free_.size());
    taken.assign(free_.end() - static_cast<std::ptrdiff_t>(count), free_.end());
    free_.resize(free_.size() - count);
  }
  auto now = now_ms();
  for (std::size_t i = 0; i < taken.size(); ++i) {
    auto& to = slot(taken[i]);
    to.tenant_size = static_cast<std::uint32_t>(tasks[i].tenant.copy(to.tenant.data(), to.tenant.size()));
    to.id = tasks[i].id.bytes;
    to.entered_ms = now;
    to.used.store(1, std::memory_order_release);
  }
  if (taken.size() < tasks.size() && options_.full) options_.full(tasks.size() - taken.size());
  return {this, std::move(taken)};
}

void crash_record::leave(const std::vector<std::uint32_t>& slots) noexcept {
  for (auto index : slots) slot(index).used.store(0, std::memory_order_release);
  const std::lock_guard lock{mutex_};
  free_.insert(free_.end(), slots.begin(), slots.end());  // within the reserved capacity
}

std::size_t crash_record::entered() const {
  const std::lock_guard lock{mutex_};
  return options_.slots - free_.size();
}

void crash_record::note_fatal_signals() { millrace::crash::note_fatal_signals(&header_->signal); }

crash_record::entry& crash_record::entry::operator=(entry&& other) noexcept {
  leave();
  record_ = std::exchange(other.record_, nullptr);
  slots_ = std::move(other.slots_);
  return *this;
}

void crash_record::entry::leave() noexcept {
  if (auto* record = std::exchange(record_, nullptr)) record->leave(slots_);
}

void make_state_dir(const std::string& dir) {
  std::error_code failed;
  auto parent = std::filesystem::path(dir).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, failed);
  if (failed) throw std::runtime_error("cannot create " + parent.string() + ": " + failed.message());
  if (::mkdir(dir.c_str(), 0700) != 0 && (errno != EEXIST || !std::filesystem::is_directory(dir, failed)))
    fail("create the folder", dir);
}

std::string new_crash_record_path(const std::string& dir, const std::string& node) {
  std::string name = node.substr(0, 100);
  for (auto& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_') c = '_';
  std::random_device chance;
  name += "-" + std::to_string(::getpid()) + "-" + std::to_string(chance()) + std::to_string(chance());
  return (std::filesystem::path(dir) / name).string() + std::string{crash_record_suffix};
}

}  // namespace millrace::crash
