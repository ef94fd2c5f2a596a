#pragma once

#include "monitoring/metrics/labelled_family.hpp"
#include "monitoring/metrics/metrics.hpp"

/// What the *_metrics.cpp files share: the three kinds of metrics, and conversions of recorded values.
namespace millrace::monitoring {

using counter = labelled<prometheus::Counter>;
using gauge = labelled<prometheus::Gauge>;
using histogram = labelled<prometheus::Histogram>;

inline double number(std::size_t count) { return static_cast<double>(count); }

/// A producer's clock may be ahead of ours; a negative time would decrease the sum of a histogram.
inline double positive(seconds duration) { return duration.count() > 0 ? duration.count() : 0; }

}  // namespace millrace::monitoring
