#pragma once

#include "tests/integration/end_to_end/scene.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace millrace::test {

/// A Prometheus that scrapes the node and broker of a scene every second, with the shipped configuration.
class prometheus {
 public:
  /// Starts Prometheus and waits until it is ready. Throws std::runtime_error if it does not become ready.
  explicit prometheus(const scene& s);

  /// The current series of an expression, as the HTTP API returns them. Throws std::runtime_error with Prometheus's message
  /// for an invalid expression.
  nlohmann::json series(const std::string& expression) const;

 private:
  std::string url_;
  std::unique_ptr<child_process> server_;
};

}  // namespace millrace::test
