#pragma once

#include "monitoring/metrics/health.hpp"
#include "monitoring/metrics/metrics.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace millrace::monitoring {

/// Serves /metrics (Prometheus text), /healthz (200 while the process responds) and /readyz (200 or 503, with a JSON list of
/// components) on its own listener and threads, so that it responds even if other threads hang.
class exporter {
 public:
  /// `bind` is host:port, port 0 selects a free one. Throws std::runtime_error with the address if that is in use.
  exporter(const std::string& bind, metrics& m, const health& h);
  ~exporter();
  std::uint16_t port() const noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace millrace::monitoring
