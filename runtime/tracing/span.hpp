#pragma once

#include "runtime/task/task.hpp"
#include "runtime/task/traceparent.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace millrace {

/// Which side of an exchange a span shows. The numbers are those of OTLP.
enum class span_kind : std::uint8_t { internal = 1, client = 3, producer = 4, consumer = 5 };

/// A step of a trace that is over, as OpenTelemetry has it.
struct span {
  using attribute = std::pair<const char*, std::variant<std::string, std::int64_t>>;

  trace_id trace{};
  span_id id{};
  span_id parent{};  ///< all zero: it is the first of its trace
  std::string name;
  span_kind kind = span_kind::internal;
  wall_time start, end;
  std::vector<attribute> attributes;  ///< names live for ever
  std::optional<std::string> error;   ///< why the step failed; none: it did not
};

}  // namespace millrace
