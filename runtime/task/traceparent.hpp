#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

using trace_id = std::array<std::uint8_t, 16>;
using span_id = std::array<std::uint8_t, 8>;

/// The contents of a `traceparent`: the trace, and the parent of spans that follow.
struct trace_context {
  trace_id trace{};
  span_id parent{};
  std::uint8_t flags = 0;
  bool sampled() const noexcept { return (flags & 1u) != 0; }
};

/// Whether the text is a `traceparent` by the grammar of W3C Trace Context. Versions after 00 may append further fields
/// after a dash.
bool is_traceparent(std::string_view text) noexcept;
/// Parses a traceparent; nullopt if is_traceparent is false.
std::optional<trace_context> parse_traceparent(std::string_view text) noexcept;
/// Formats version 00.
std::string to_traceparent(const trace_context& of);

}  // namespace millrace
