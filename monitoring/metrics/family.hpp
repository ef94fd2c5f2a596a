#pragma once

#include <prometheus/registry.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::monitoring {

enum class metric_type { counter, gauge, histogram };

/// A metric family: name, labels and help as GET /metrics and docs/metrics.md show them. The texts are literals.
struct family {
  std::string_view name;
  metric_type type;
  std::vector<std::string_view> labels;
  std::string_view help;
  std::vector<double> buckets = {};  ///< upper bounds, histograms only
};

/// Upper bounds of histogram buckets. Waits range from a millisecond (a commit) to hours (a backlog).
namespace buckets {

inline constexpr double waits[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,  0.5,
                                   1,     2.5,    5,     10,   30,    60,   300, 1'800, 7'200};
inline constexpr double durations[] = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                       0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30,    60};
/// Types give up after 5 to 12 attempts by default, after 1,000 at most.
inline constexpr double attempts[] = {1, 2, 3, 5, 8, 13, 20};
inline constexpr double sizes[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1'000, 2'000, 5'000};

}  // namespace buckets

/// The families of a node in the order of their declaration, which is the order of docs/metrics.md. `labelled` adds to it.
struct family_registry {
  prometheus::Registry series;
  std::vector<family> declared;
};

/// docs/metrics.md for these families.
std::string metrics_markdown(std::span<const family> families);

}  // namespace millrace::monitoring
