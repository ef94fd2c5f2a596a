#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

using trace_id = std::array<std::uint8_t, 16>;
using span_id = std::array<std::uint8_t, 8>;

/// What a `traceparent` says: whose trace it is, and which span of it is the parent of what follows.
struct trace_context {
  trace_id trace{};
  span_id parent{};
  std::uint8_t flags = 0;
  bool sampled() const noexcept { return (flags & 1u) != 0; }
};

/// Is this a `traceparent` by the grammar of W3C Trace Context? Versions after 00 may carry more behind a dash.
bool is_traceparent(std::string_view text) noexcept;
/// Its parts; none of what is_traceparent refuses.
std::optional<trace_context> parse_traceparent(std::string_view text) noexcept;
/// The text of version 00.
std::string to_traceparent(const trace_context& of);

}  // namespace millrace
