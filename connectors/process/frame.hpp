#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// Messages on a pipe: a length of four bytes, big-endian, then the message.
namespace millrace::process {

/// The message prefixed with its length.
std::string framed(std::string_view message);

/// Splits a stream of bytes into messages.
class frame_reader {
 public:
  explicit frame_reader(std::size_t largest) : largest_(largest) {}
  /// False permanently once a length is over the limit, because the start of the next message is unknown then.
  bool feed(std::string_view bytes);
  /// The next complete message.
  std::optional<std::string> next();

 private:
  std::optional<std::size_t> announced() const;

  std::size_t largest_;
  std::string buffer_;
};

}  // namespace millrace::process
