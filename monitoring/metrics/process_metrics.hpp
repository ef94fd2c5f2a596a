#pragma once

#include "monitoring/metrics/family.hpp"

#include <prometheus/metric_family.h>

#include <vector>

namespace millrace::monitoring {

/// The process_* families. Their names and help texts are those of the official Prometheus client libraries.
std::vector<family> process_families();

/// Memory, CPU time, file descriptors and start time of this process, read from /proc. Values that cannot be read are
/// absent.
std::vector<prometheus::MetricFamily> process_metrics();

}  // namespace millrace::monitoring
