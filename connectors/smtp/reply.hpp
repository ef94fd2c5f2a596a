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

/// A line of a reply as it may be shown: printable ASCII, at most 512 bytes.
std::string shown(std::string_view line);

/// Takes replies out of what a server sends. Pure.
class reply_reader {
 public:
  void feed(std::string_view bytes) { received_ += bytes; }
  /// Nothing is left of what came in.
  bool empty() const noexcept { return received_.empty(); }
  /// The next reply, nothing before all its lines are there, or why this is not SMTP.
  tl::expected<std::optional<reply>, std::string> next();

 private:
  std::string received_;
  std::size_t lines_ = 0;  // of the reply that has begun
};

}  // namespace millrace::smtp
