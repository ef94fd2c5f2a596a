#include "actors/handlers/report/report_file.hpp"

#include "config/text/encoding.hpp"

#include <cerrno>
#include <fcntl.h>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace millrace::report {

namespace {

constexpr std::size_t block_bytes = 256 * 1024;

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

report_file::report_file(std::filesystem::path folder, std::string name)
    : folder_(std::move(folder)), name_(std::move(name)), temporary_((folder_ / ("." + name_ + ".XXXXXX")).string()) {
  std::filesystem::create_directories(folder_);
  fd_ = ::mkostemp(temporary_.data(), O_CLOEXEC);
  if (fd_ < 0) fail("cannot create a file in " + folder_.string());
}

report_file::~report_file() {
  if (fd_ >= 0) ::close(fd_);
  if (!temporary_.empty() && fd_ >= 0) ::unlink(temporary_.c_str());
}

void report_file::write(std::string_view bytes) {
  buffer_ += bytes;
  bytes_ += bytes.size();
  if (buffer_.size() >= block_bytes) flush();
}

void report_file::flush() {
  digest_.update(buffer_);
  for (std::string_view rest = buffer_; !rest.empty();) {
    const auto written = ::write(fd_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("cannot write " + temporary_);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  buffer_.clear();
}

void report_file::publish() {
  flush();
  sha256_ = text::to_hex(digest_.finish());
  if (::fchmod(fd_, 0640) != 0 || ::fsync(fd_) != 0) fail("cannot bring " + temporary_ + " to disk");
  if (::rename(temporary_.c_str(), path().c_str()) != 0) fail("cannot rename to " + path().string());
  temporary_.clear();
  const int folder = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) fail("cannot open " + folder_.string());
  const int synced = ::fsync(folder);
  ::close(folder);
  if (synced != 0) fail("cannot bring " + folder_.string() + " to disk");
}

}  // namespace millrace::report
