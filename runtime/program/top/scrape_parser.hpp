#pragma once

#include <tl/expected.hpp>

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::top {

/// One line of a scrape: a series and its value, which may be NaN or infinite. A time stamp is dropped.
struct metric_sample {
  std::string name;
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;

  /// The value of a label; empty if there is no such label.
  std::string_view label(std::string_view wanted) const noexcept;
};

/// Parses Prometheus' text format (version 0.0.4) and keeps the samples whose names are in `wanted`. Safe for untrusted
/// input: at most 16 MiB, 64 labels per line and 50,000 kept samples. The error names the line. Pure.
tl::expected<std::vector<metric_sample>, std::string> parse_prometheus_text(std::string_view text,
                                                                            std::span<const std::string_view> wanted);

}  // namespace millrace::top
