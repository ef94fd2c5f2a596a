#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// Bytes as text: base64, base64url, hexadecimal and percent-encoding. Decoders return nothing for malformed input.
namespace millrace::text {

/// Standard base64 (RFC 4648, section 4) with padding, on one line. More than 1 GiB is std::length_error.
std::string to_base64(std::string_view bytes);
/// Reads the output of to_base64. Strict, so that a value has one spelling only: padding required, no line breaks, no stray
/// bits.
std::optional<std::string> from_base64(std::string_view text);

/// base64url without padding (RFC 4648, section 5; RFC 7515, section 2). More than 1 GiB is std::length_error.
std::string to_base64url(std::string_view bytes);
/// Reads the output of to_base64url, as strictly: no '=', no blanks or line breaks, no stray bits.
std::optional<std::string> from_base64url(std::string_view text);

/// Value of each character as a hexadecimal digit in either case, -1 for others.
inline constexpr auto hex_values = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::uint8_t i = 0; i < 10; ++i) values['0' + i] = static_cast<std::int8_t>(i);
  for (std::uint8_t i = 0; i < 6; ++i) values['a' + i] = values['A' + i] = static_cast<std::int8_t>(10 + i);
  return values;
}();
constexpr int hex_value(char c) noexcept { return hex_values[static_cast<unsigned char>(c)]; }

/// Appends two lower-case hexadecimal digits for each byte.
inline void append_hex(std::string_view bytes, std::string& out) {
  static constexpr char digits[] = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
}
/// Two lower-case hexadecimal digits for each byte.
std::string to_hex(std::string_view bytes);
std::string to_hex(std::span<const std::uint8_t> bytes);
/// Reads pairs of hexadecimal digits, in either case.
std::optional<std::string> from_hex(std::string_view text);

/// Percent-encoding (RFC 3986, section 2.1) of all characters that are not unreserved (letters, digits and "-._~").
std::string percent_encoded(std::string_view bytes);
/// The bytes of a percent-encoded text. `plus_is_space`: as in a query (application/x-www-form-urlencoded).
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space = false);

}  // namespace millrace::text
