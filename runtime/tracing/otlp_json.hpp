#pragma once

#include "runtime/tracing/span.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace millrace::tracing {

/// The source of the spans: OpenTelemetry's resource.
struct span_source {
  std::string service;   ///< service.name
  std::string instance;  ///< service.instance.id
};

/// The body of a POST to a collector's /v1/traces: ExportTraceServiceRequest in the JSON mapping of OTLP 1.x, with ids in
/// hex and times as decimal strings of nanoseconds since 1970. Invalid UTF-8 becomes U+FFFD; strings are truncated to 1 KiB.
std::string otlp_json(const span_source& from, std::span<const span> spans);

/// The number of spans that a collector rejected from an accepted batch (partialSuccess.rejectedSpans); 0 for any other
/// answer.
std::uint64_t rejected_spans(std::string_view answer);

}  // namespace millrace::tracing
