#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::amqp {

/// Reads big-endian AMQP primitives from untrusted bytes. After the first short read, all reads return zero or empty and
/// `ok()` is false, so a decoder checks once at its end, and before it uses a length.
class byte_reader {
 public:
  explicit byte_reader(std::string_view bytes) : rest_(bytes) {}

  bool ok() const noexcept { return ok_; }
  std::string_view rest() const noexcept { return rest_; }

  std::uint8_t u8() { return number<std::uint8_t>(); }
  std::uint16_t u16() { return number<std::uint16_t>(); }
  std::uint32_t u32() { return number<std::uint32_t>(); }
  std::uint64_t u64() { return number<std::uint64_t>(); }
  std::string_view bytes(std::size_t count) {
    if (count > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::string_view short_string() { return bytes(u8()); }
  std::string_view long_string() { return bytes(u32()); }

 private:
  template <class Number>
  Number number() {
    auto taken = bytes(sizeof(Number));
    std::uint64_t value = 0;
    for (char c : taken) value = value << 8 | static_cast<std::uint8_t>(c);
    return static_cast<Number>(value);
  }

  std::string_view rest_;
  bool ok_ = true;
};

/// Appends AMQP primitives. A text that does not fit its length field makes `ok()` false.
class byte_writer {
 public:
  explicit byte_writer(std::string& out) : out_(out) {}

  bool ok() const noexcept { return ok_; }
  std::size_t position() const noexcept { return out_.size(); }

  void u8(std::uint8_t value) { number(value); }
  void u16(std::uint16_t value) { number(value); }
  void u32(std::uint32_t value) { number(value); }
  void u64(std::uint64_t value) { number(value); }
  void bytes(std::string_view value) { out_.append(value); }
  void short_string(std::string_view value) {
    if (value.size() > 255) {
      ok_ = false;
      value = {};
    }
    u8(static_cast<std::uint8_t>(value.size()));
    bytes(value);
  }
  void long_string(std::string_view value) {
    if (value.size() > UINT32_MAX) {
      ok_ = false;
      value = {};
    }
    u32(static_cast<std::uint32_t>(value.size()));
    bytes(value);
  }
  /// Reserves a 32-bit length; `close_length` fills in the number of bytes written since.
  std::size_t open_length() {
    u32(0);
    return out_.size();
  }
  void close_length(std::size_t begin) {
    auto length = out_.size() - begin;
    if (length > UINT32_MAX) ok_ = false;
    for (std::size_t i = 0; i < 4; ++i) out_[begin - 4 + i] = static_cast<char>(length >> (24 - 8 * i) & 0xff);
  }
  void fail() { ok_ = false; }

 private:
  template <class Number>
  void number(Number value) {
    char text[sizeof(Number)];
    for (std::size_t i = 0; i < sizeof(Number); ++i)
      text[i] = static_cast<char>(value >> (8 * (sizeof(Number) - 1 - i)) & 0xff);
    out_.append(text, sizeof(Number));
  }

  std::string& out_;
  bool ok_ = true;
};

}  // namespace millrace::amqp
