#include "connectors/process/frame.hpp"

#include <stdexcept>

namespace millrace::process {
namespace {
constexpr std::size_t prefix = 4;
}

std::string framed(std::string_view message) {
  if (message.size() > 0xffffffffU) throw std::length_error("a message of more than 4 GiB");
  std::string out;
  out.reserve(prefix + message.size());
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>((message.size() >> shift) & 0xff));
  return out.append(message);
}

std::optional<std::size_t> frame_reader::announced() const {
  if (buffer_.size() < prefix) return std::nullopt;
  std::size_t size = 0;
  for (std::size_t i = 0; i < prefix; ++i) size = size << 8 | static_cast<unsigned char>(buffer_[i]);
  return size;
}

bool frame_reader::feed(std::string_view bytes) {
  buffer_.append(bytes);
  auto size = announced();
  return !size || *size <= largest_;
}

std::optional<std::string> frame_reader::next() {
  auto size = announced();
  if (!size || *size > largest_ || buffer_.size() < prefix + *size) return std::nullopt;
  auto message = buffer_.substr(prefix, *size);
  buffer_.erase(0, prefix + *size);
  return message;
}

}  // namespace millrace::process
