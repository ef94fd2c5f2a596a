#pragma once

#include <prometheus/metric_family.h>

#include <vector>

namespace millrace::monitoring {

/// What the kernel says about this process now: memory, CPU time, file descriptors, start. A value it does not give is left
/// out.
std::vector<prometheus::MetricFamily> process_metrics();

}  // namespace millrace::monitoring
