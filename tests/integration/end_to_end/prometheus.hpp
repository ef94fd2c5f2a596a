#pragma once

#include "tests/integration/end_to_end/scene.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace millrace::test {

/// A real Prometheus that scrapes a scene's node and its broker each second, by the configuration that Millrace ships.
class prometheus {
 public:
  /// Starts it and waits until it is ready; throws std::runtime_error if it does not get there.
  explicit prometheus(const scene& s);

  /// The series that an expression has now, as the HTTP API gives them; throws std::runtime_error with Prometheus's words if
  /// it does not accept the expression.
  nlohmann::json series(const std::string& expression) const;

 private:
  std::string url_;
  std::unique_ptr<child_process> server_;
};

}  // namespace millrace::test
