#pragma once

#include "tests/integration/end_to_end/scene.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <vector>

namespace millrace::test {

/// A collector that records the spans it receives; see collector.py.
class collector {
 public:
  collector(const scene& s, const std::string& mode);

  std::string url;

  std::vector<nlohmann::json> spans() const { return lines("spanId"); }
  /// The traceparents of the received webhooks, in order.
  std::vector<nlohmann::json> hooks() const { return lines("hook"); }

 private:
  std::vector<nlohmann::json> lines(const std::string& with) const;

  std::string journal_;
  std::unique_ptr<child_process> process_;
};

}  // namespace millrace::test
