#pragma once

#include "monitoring/http_server/server.hpp"
#include "monitoring/metrics/health.hpp"
#include "monitoring/metrics/metrics.hpp"

#include <string>
#include <string_view>

namespace millrace::monitoring {

/// The exporter's response to a request, as a pure function. HEAD returns the same response as GET, body included.
http_response answer(std::string_view method, std::string_view path, const metrics& m, const health& h);

/// `{"ready":false,"components":{"broker":{"ready":false,"reason":"…"},"database":{"ready":true}}}`
std::string readiness_json(const health& h);

}  // namespace millrace::monitoring
