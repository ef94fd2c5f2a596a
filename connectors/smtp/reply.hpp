#pragma once

#include <tl/expected.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::smtp {

/// A server's answer to one command (RFC 5321, 4.2).
struct reply {
  int code = 0;      ///< 200 to 599
  std::string text;  ///< its last line, with the code; printable ASCII, cut at 512 bytes
};

/// A line of a reply for display: printable ASCII, at most 512 bytes.
std::string shown(std::string_view line);

/// Splits the bytes of a server into replies. Pure.
class reply_reader {
 public:
  void feed(std::string_view bytes) { received_ += bytes; }
  /// True if no input is left.
  bool empty() const noexcept { return received_.empty(); }
  /// The next reply; nothing until it is complete; an error if the input is not SMTP.
  tl::expected<std::optional<reply>, std::string> next();

 private:
  std::string received_;
  std::size_t lines_ = 0;  // of the current reply
};

}  // namespace millrace::smtp
