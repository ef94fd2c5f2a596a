#pragma once

#include <random>

namespace millrace {

/// Uniform in [0, 1), for jitter. Seeded by the system per thread, so that processes started together differ.
inline double random_unit() {
  static thread_local std::mt19937_64 engine{std::random_device{}()};
  return std::uniform_real_distribution<double>{0.0, 1.0}(engine);
}

}  // namespace millrace
