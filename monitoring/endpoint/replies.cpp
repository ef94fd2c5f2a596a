#include "monitoring/endpoint/replies.hpp"

#include "config/text/json_escape.hpp"

namespace millrace::monitoring {

namespace {

constexpr const char* text = "text/plain; charset=utf-8";

http_response readiness(const health& h) {
  const std::string body = readiness_json(h);
  // Derived from the body's snapshot, so that status and body are consistent.
  const bool ready = body.starts_with("{\"ready\":true");
  return {ready ? 200 : 503, "application/json", body};
}

}  // namespace

std::string readiness_json(const health& h) {
  bool ready = true;
  std::string components;
  for (const auto& [name, status] : h.components()) {
    ready = ready && status.ready;
    components +=
        (components.empty() ? "" : ",") + text::json_string(name) + ":{\"ready\":" + (status.ready ? "true" : "false");
    if (!status.ready) components += ",\"reason\":" + text::json_string(status.reason);
    components += "}";
  }
  return std::string("{\"ready\":") + (ready ? "true" : "false") + ",\"components\":{" + components + "}}\n";
}

http_response answer(std::string_view method, std::string_view path, const metrics& m, const health& h) {
  const bool known = path == "/metrics" || path == "/healthz" || path == "/readyz";
  if (!known) return {404, text, "not found; available: /metrics, /healthz, /readyz\n"};
  if (method != "GET" && method != "HEAD")
    return {405, text, "method not allowed; use GET or HEAD\n", {{"Allow", "GET, HEAD"}}};
  if (path == "/metrics") return {200, "text/plain; version=0.0.4; charset=utf-8", m.expose()};
  if (path == "/healthz") return {200, text, "ok\n"};
  return readiness(h);
}

}  // namespace millrace::monitoring
