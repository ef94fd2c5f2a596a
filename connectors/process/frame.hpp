#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// Messages on a pipe: four bytes of length, most significant first, then so many bytes.
namespace millrace::process {

/// The message with its length before it.
std::string framed(std::string_view message);

/// Cuts a stream of bytes into messages.
class frame_reader {
 public:
  explicit frame_reader(std::size_t largest) : largest_(largest) {}
  /// False for good once a length is over the limit: then there is no commit_report where the next message begins.
  bool feed(std::string_view bytes);
  /// The next complete message.
  std::optional<std::string> next();

 private:
  std::optional<std::size_t> announced() const;

  std::size_t largest_;
  std::string buffer_;
};

}  // namespace millrace::process
