#pragma once

#include "runtime/tracing/span.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace millrace {

/// Who has made the spans: the resource of OpenTelemetry.
struct span_source {
  std::string service;   ///< service.name
  std::string instance;  ///< service.instance.id
};

/// The body of a POST to a collector's /v1/traces: ExportTraceServiceRequest in the JSON mapping of OTLP 1.x, with ids in
/// hex and times as decimal texts of nanoseconds since 1970. Bytes that are no UTF-8 become U+FFFD; a text is cut after 1
/// KiB.
std::string otlp_json(const span_source& from, std::span<const span> spans);

/// How many spans a collector says it has refused of a batch that it took (partialSuccess.rejectedSpans); 0 for whatever
/// else it may answer.
std::uint64_t rejected_spans(std::string_view answer);

}  // namespace millrace
