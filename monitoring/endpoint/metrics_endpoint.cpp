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

exporter::exporter(const std::string& bind, const metrics& m, const health& h)
    : state_(
          new state{{{.bind = bind}, [&m, &h](const http_request& r) { return answer(r.method, r.path, m, h); }, refuse}}) {}

exporter::~exporter() = default;

std::uint16_t exporter::port() const noexcept { return state_->listener.port(); }

}  // namespace millrace::monitoring
