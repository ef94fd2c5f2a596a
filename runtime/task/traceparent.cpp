#include "runtime/task/traceparent.hpp"

#include "config/text/encoding.hpp"

#include <algorithm>
#include <span>

namespace millrace {
namespace {

constexpr std::size_t size_of_version_00 = 55;
constexpr std::size_t max_size = 255;

bool is_hex(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) noexcept { return text.find_first_not_of('0') == text.npos; }

/// The text must be hexadecimal (is_hex).
void read_hex(std::string_view text, std::span<std::uint8_t> bytes) noexcept {
  const auto digit = [](char c) { return static_cast<unsigned>(text::hex_value(c)); };
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>((digit(text[2 * i]) << 4) | digit(text[2 * i + 1]));
}

bool is_later_form(std::string_view rest) noexcept {
  return rest.starts_with('-') && std::all_of(rest.begin(), rest.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

bool is_traceparent(std::string_view text) noexcept {
  if (text.size() < size_of_version_00 || text.size() > max_size) return false;
  const auto version = text.substr(0, 2);
  const auto trace = text.substr(3, 32);
  const auto parent = text.substr(36, 16);
  const auto flags = text.substr(53, 2);
  if (text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
  if (!is_hex(version) || !is_hex(trace) || !is_hex(parent) || !is_hex(flags)) return false;
  if (version == "ff" || is_zero(trace) || is_zero(parent)) return false;
  return text.size() == size_of_version_00 || (version != "00" && is_later_form(text.substr(size_of_version_00)));
}

std::optional<trace_context> parse_traceparent(std::string_view text) noexcept {
  if (!is_traceparent(text)) return std::nullopt;
  trace_context out;
  read_hex(text.substr(3), out.trace);
  read_hex(text.substr(36), out.parent);
  read_hex(text.substr(53), {&out.flags, 1});
  return out;
}

std::string to_traceparent(const trace_context& of) {
  return "00-" + text::to_hex(of.trace) + "-" + text::to_hex(of.parent) + "-" + text::to_hex({&of.flags, 1});
}

}  // namespace millrace
