#pragma once

#include "monitoring/health.hpp"
#include "monitoring/metrics.hpp"

#include <string>
#include <string_view>

namespace millrace::monitoring {

struct reply {
  int status = 200;
  std::string reason = "OK";
  std::string content_type;
  std::string body;
};

/// What the exporter answers to a request, as a pure function. GET and HEAD give the same reply, with its body.
reply answer(std::string_view method, std::string_view path, const metrics& m, const health& h);

/// `{"ready":false,"components":{"broker":{"ready":false,"why":"…"},"database":{"ready":true}}}`
std::string readiness_json(const health& h);

}  // namespace millrace::monitoring
