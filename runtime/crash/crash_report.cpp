#include "runtime/crash/crash_report.hpp"

#include "runtime/crash/crash_layout.hpp"
#include "runtime/crash/crash_record.hpp"
#include "runtime/task/task_identity.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace millrace::crash {
namespace {

using crash_layout::header;
using crash_layout::slot;

constexpr std::size_t largest = sizeof(header) + crash_layout::max_slots * sizeof(slot);

/// Reads at most one byte more than the size of a record.
std::string bytes_of(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  std::string bytes(largest + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  return bytes;
}

// Copies the atomics as the plain numbers that they contain.
template <class Number>
Number number_at(const std::string& bytes, std::size_t offset) {
  Number n{};
  std::memcpy(&n, bytes.data() + offset, sizeof n);
  return n;
}

std::optional<crash_report::entry> entry_at(const std::string& bytes, std::size_t at, std::int64_t now_ms) {
  if (number_at<std::uint32_t>(bytes, at + offsetof(slot, used)) != 1) return std::nullopt;
  auto size = number_at<std::uint32_t>(bytes, at + offsetof(slot, tenant_size));
  if (size > max_tenant_bytes) return std::nullopt;
  crash_report::entry e;
  e.tenant = bytes.substr(at + offsetof(slot, tenant), size);
  if (!is_tenant(e.tenant)) return std::nullopt;
  std::memcpy(e.id.bytes.data(), bytes.data() + at + offsetof(slot, id), e.id.bytes.size());
  e.age = std::chrono::milliseconds{now_ms - number_at<std::int64_t>(bytes, at + offsetof(slot, entered_ms))};
  return e;
}

}  // namespace

const crash_report::entry* crash_report::find(const std::string& tenant, const uuid& id) const {
  auto found = std::find_if(entries.begin(), entries.end(), [&](auto& e) { return e.id == id && e.tenant == tenant; });
  return found == entries.end() ? nullptr : &*found;
}

bool crash_report::names(const std::string& tenant, const uuid& id) const { return find(tenant, id) != nullptr; }

tl::expected<crash_report, std::string> read_crash_record(const std::string& path) {
  auto bytes = bytes_of(path);
  if (bytes.size() < sizeof(header) || !std::equal(crash_layout::magic.begin(), crash_layout::magic.end(), bytes.begin()))
    return tl::unexpected(path + " is no crash record");
  auto slots = number_at<std::uint32_t>(bytes, offsetof(header, slots));
  if (bytes.size() != sizeof(header) + std::size_t{slots} * sizeof(slot))
    return tl::unexpected(path + " is a crash record of a wrong size");
  crash_report report;
  report.record = std::filesystem::path(path).filename().string();
  auto node = std::string_view{bytes}.substr(offsetof(header, node), sizeof(header::node));
  report.node = node.substr(0, node.find('\0'));
  report.signal = number_at<std::int32_t>(bytes, offsetof(header, signal));
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  for (auto at = sizeof(header); at < bytes.size(); at += sizeof(slot))
    if (auto e = entry_at(bytes, at, now_ms); e && !report.names(e->tenant, e->id)) report.entries.push_back(std::move(*e));
  return report;
}

std::optional<dead_crash_record> dead_crash_record::take(std::string path) {
  int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return std::nullopt;
  struct stat known {};
  bool mine = ::flock(file, LOCK_EX | LOCK_NB) == 0 && ::fstat(file, &known) == 0 && known.st_nlink > 0;
  if (!mine) {
    ::close(file);
    return std::nullopt;
  }
  return dead_crash_record{std::move(path), file};
}

dead_crash_record::dead_crash_record(dead_crash_record&& other) noexcept
    : path_(std::move(other.path_)), file_(std::exchange(other.file_, -1)) {}

dead_crash_record::~dead_crash_record() {
  if (file_ >= 0) ::close(file_);
}

void dead_crash_record::remove() noexcept { ::unlink(path_.c_str()); }

std::vector<dead_crash_record> take_dead_crash_records(const std::string& dir) {
  std::vector<std::string> paths;
  std::error_code failed;
  for (auto& file : std::filesystem::directory_iterator{dir, failed})
    if (file.path().string().ends_with(crash_record_suffix)) paths.push_back(file.path().string());
  std::sort(paths.begin(), paths.end());
  std::vector<dead_crash_record> dead;
  for (auto& path : paths)
    if (auto record = dead_crash_record::take(std::move(path))) dead.push_back(std::move(*record));
  return dead;
}

counting_turn::counting_turn(const std::string& dir) : folder_(::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  while (folder_ >= 0 && ::flock(folder_, LOCK_EX) != 0 && errno == EINTR) {
  }
}

counting_turn::~counting_turn() {
  if (folder_ >= 0) ::close(folder_);
}

std::string describe_signal(int number) {
  auto* name = ::sigabbrev_np(number);
  return "signal " + std::to_string(number) + (name ? std::string{" (SIG"} + name + ")" : std::string{});
}

}  // namespace millrace::crash
