#include "monitoring/endpoint/metrics_endpoint.hpp"

#include "monitoring/endpoint/replies.hpp"
#include "monitoring/http_server/server.hpp"

namespace millrace::monitoring {

struct exporter::state {
  http_listener listener;
};

namespace {

http_response refuse(int status, std::string_view reason) {
  return {status, "text/plain; charset=utf-8", std::string(reason) + "\n"};
}

}  // namespace

exporter::exporter(const std::string& bind, metrics& m, const health& h)
    : state_(new state{{{.bind = bind, .name = "monitoring", .probe_interval = std::chrono::seconds{5}, .values = &m},
                        [&m, &h](const http_request& r) { return answer(r.method, r.path, m, h); },
                        refuse}}) {}

exporter::~exporter() = default;

std::uint16_t exporter::port() const noexcept { return state_->listener.port(); }

}  // namespace millrace::monitoring
