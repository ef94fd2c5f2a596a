#pragma once

#include "monitoring/http_server/server.hpp"
#include "monitoring/metrics/health.hpp"
#include "monitoring/metrics/metrics.hpp"

#include <string>
#include <string_view>

namespace millrace::monitoring {

/// What the exporter answers to a request, as a pure function. GET and HEAD give the same reply, with its body.
http_response answer(std::string_view method, std::string_view path, const metrics& m, const health& h);

/// `{"ready":false,"components":{"broker":{"ready":false,"why":"…"},"database":{"ready":true}}}`
std::string readiness_json(const health& h);

}  // namespace millrace::monitoring
