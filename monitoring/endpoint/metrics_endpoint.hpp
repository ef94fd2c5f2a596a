#pragma once

#include "monitoring/metrics/health.hpp"
#include "monitoring/metrics/metrics.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace millrace::monitoring {

/// Serves /metrics (Prometheus text), /healthz (200 while the process answers) and /readyz (200, or 503 with what is
/// missing, as JSON) on its own listener and threads, so that it answers whatever else is stuck.
class exporter {
 public:
  /// `bind` is host:port, port 0 takes a free one. Throws std::runtime_error that names the address if it is taken.
  exporter(const std::string& bind, const metrics& m, const health& h);
  ~exporter();
  std::uint16_t port() const noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace millrace::monitoring
