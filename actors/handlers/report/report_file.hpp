#pragma once

#include "config/text/digest.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace millrace::report {

/// A file that appears under its name either completely or not at all: written to a temporary file beside it, synced, then
/// renamed. Without `publish` nothing remains. All failures are std::system_error.
class report_file {
 public:
  /// Creates the folder if necessary, and the temporary file in it.
  report_file(std::filesystem::path folder, std::string name);
  ~report_file();
  report_file(const report_file&) = delete;
  report_file& operator=(const report_file&) = delete;

  /// Appends bytes. Written in blocks, so that memory stays constant.
  void write(std::string_view bytes);
  /// Renames the file to its final name, replacing an existing one. Call it once, last.
  void publish();

  std::filesystem::path path() const { return folder_ / name_; }
  std::uint64_t bytes() const noexcept { return bytes_; }
  /// SHA-256 of the content, in hex; valid after `publish`.
  const std::string& sha256() const noexcept { return sha256_; }

 private:
  void flush();

  std::filesystem::path folder_;
  std::string name_;
  std::string temporary_;
  int fd_ = -1;
  std::string buffer_;
  std::uint64_t bytes_ = 0;
  text::sha256_stream digest_;
  std::string sha256_;
};

}  // namespace millrace::report
