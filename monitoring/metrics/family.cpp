#include "monitoring/metrics/family.hpp"

namespace millrace::monitoring {

namespace {

constexpr std::string_view introduction = R"(# Metrics

Generated from the declarations in `monitoring/metrics/*_metrics.cpp`; do not edit.

`GET /metrics` on `monitoring.bind` returns the Prometheus text format. Label values come from closed sets: queue names, known task
types or `unknown`, outcomes, reasons, schedules, actors and account currencies. Ids and tenants are never labels. A family keeps at
most 1,000 label combinations; further combinations are counted as `other`.

| Metric | Type | Labels | Meaning |
| --- | --- | --- | --- |
)";

std::string labels_of(const family& f) {
  std::string out;
  for (const auto label : f.labels) out += (out.empty() ? "`" : ", `") + std::string(label) + "`";
  return out;
}

std::string type_of(const family& f) {
  if (f.type == metric_type::histogram) return "histogram";
  return f.type == metric_type::counter ? "counter" : "gauge";
}

}  // namespace

std::string metrics_markdown(std::span<const family> families) {
  std::string out(introduction);
  for (const family& f : families)
    out += "| `" + std::string(f.name) + "` | " + type_of(f) + " | " + labels_of(f) + " | " + std::string(f.help) + " |\n";
  return out;
}

}  // namespace millrace::monitoring
