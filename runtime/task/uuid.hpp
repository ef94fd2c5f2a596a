#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// A UUID (RFC 9562), the identity of a task.
struct uuid {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const uuid&) const = default;

  /// Parses the 36-character form in any case. Braces and the urn: prefix are not accepted.
  static std::optional<uuid> parse(std::string_view text) noexcept;
  /// Time-ordered (version 7): milliseconds of `now`, then random bits.
  static uuid v7(std::chrono::system_clock::time_point now);
  /// Name-based (version 5, SHA-1): the same name in the same namespace always yields the same id.
  static uuid v5(const uuid& space, std::string_view name) { return v5(space, {name}); }
  /// The same for a name in several parts, which are not concatenated in memory.
  static uuid v5(const uuid& space, std::initializer_list<std::string_view> name);
};

/// The 36-character lower-case form.
std::string to_string(const uuid& id);

}  // namespace millrace

template <>
struct std::hash<millrace::uuid> {
  std::size_t operator()(const millrace::uuid& id) const noexcept {
    std::uint64_t half[2];
    static_assert(sizeof half == sizeof id.bytes);
    __builtin_memcpy(half, id.bytes.data(), sizeof half);
    return static_cast<std::size_t>(half[0] ^ (half[1] * 0x9E3779B97F4A7C15ULL));
  }
};
