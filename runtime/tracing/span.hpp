#pragma once

#include "runtime/task/task.hpp"
#include "runtime/task/traceparent.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace millrace::tracing {

/// The role of a span. The numbers are OTLP's.
enum class span_kind : std::uint8_t { internal = 1, client = 3, producer = 4, consumer = 5 };

/// A completed span, as in OpenTelemetry.
struct span {
  using attribute = std::pair<const char*, std::variant<std::string, std::int64_t>>;

  trace_id trace{};
  span_id id{};
  span_id parent{};  ///< all zero: the root of its trace
  std::string name;
  span_kind kind = span_kind::internal;
  wall_time start, end;
  std::vector<attribute> attributes;  ///< names have static lifetime
  std::optional<std::string> error;   ///< why the operation failed; nullopt: it succeeded
};

}  // namespace millrace::tracing
