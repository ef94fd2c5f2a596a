#include "runtime/program/api/server.hpp"

#include "actors/node/connector_options.hpp"
#include "monitoring/http_server/certificate.hpp"
#include "monitoring/http_server/server.hpp"
#include "monitoring/log/log.hpp"
#include "runtime/program/api/auth/authenticator.hpp"
#include "runtime/program/api/auth/issuer_keys.hpp"

namespace millrace::api {
namespace {

using monitoring::http_request;
using monitoring::http_response;
using std::chrono::steady_clock;

postgres::session_options session_options(const config::settings& s) {
  auto o = actors::task_session(s, "millrace api " + s.node);
  o.for_batches = false;
  o.connect_timeout = std::chrono::seconds{2};  // respond with 503 rather than let the operator wait
  return o;
}

monitoring::tls_identity tls_of(const config::server_tls_settings& s) try {
  return monitoring::read_tls_identity(s.certificate_file, s.key_file);
} catch (const std::exception& e) {
  throw std::runtime_error(std::string{"api.tls: "} + e.what());
}

monitoring::listener_options listener_of(const config::api_settings& s, monitoring::metrics& values) {
  return {.bind = s.bind,
          .name = "api",
          .tls = tls_of(s.tls),
          .threads = 8,
          .request_timeout = std::chrono::seconds{10},
          .max_body_bytes = s.max_body_bytes,
          .probe_interval = std::chrono::seconds{5},
          .values = &values};
}

void check_media_type(const http_request& r) {
  const auto type = r.header("content-type");
  if (!r.body.empty() && type.substr(0, type.find(';')) != "application/json")
    throw problem{problem_kind::unsupported_media, "the Content-Type of the body must be application/json"};
}

}  // namespace

struct server::state {
  actors::node_ptr shared;
  database_pool database;
  issuer_keys keys;
  authenticator access;
  monitoring::http_listener listener;

  explicit state(actors::node_ptr n)
      : shared(std::move(n)),
        database(session_options(shared->settings), shared->settings.api.connections),
        keys(shared->loop, shared->settings.api.oidc),
        access(shared->settings.api, database, [this] { return keys.read(); }),
        listener(
            listener_of(shared->settings.api, shared->metrics), [this](const http_request& r) { return handle(r); },
            [this](int status, std::string_view detail) { return with_headers(refusal(status, detail)); }) {}

  http_response handle(const http_request& r) {
    const auto start = steady_clock::now();
    std::string operation = "none";
    http_response out;
    try {
      out = answer_to(r, operation);
    } catch (const problem& p) {
      out = to_response(p);
    } catch (const std::exception& e) {
      monitoring::log(monitoring::level::error, "operator request failed", {{"operation", operation}, {"error", e.what()}});
      out = refusal(500, "internal error; see the log of node " + shared->name);
    }
    shared->metrics.api_answered(operation, out.status, steady_clock::now() - start);
    return with_headers(std::move(out));
  }

  http_response answer_to(const http_request& r, std::string& operation) {
    const auto found = find_route(routes(), r.method == "HEAD" ? "GET" : r.method, r.path);
    if (found.found) operation = found.found->operation;  // rejected requests count, too
    const auto who = access.authenticate(r.header("authorization"), r.remote_address);
    if (!found.found) return not_found(found);
    access.authorize(who, *found.found, r.remote_address);
    check_media_type(r);
    const auto args = arguments::read(found.found->parameters, found.captured, r.query, r.body);
    access.authorize_tenant(who, *found.found, args, r.remote_address);
    call c{*shared, database, who, args, r.header("if-match"), r.header("idempotency-key"), r.header("traceparent")};
    const auto a = run(*found.found, c, r.remote_address);
    http_response out{a.status, "application/json", to_text(a.body)};
    if (!a.etag.empty()) out.headers.emplace_back("ETag", a.etag);
    return out;
  }

  answer run(const route& r, call& c, const std::string& address) {
    try {
      auto a = r.handler(c);
      if (!a.denied.empty()) access.record_denied(c.who, r, address, a.denied);
      return a;
    } catch (const foreign& f) {
      access.record_denied(c.who, r, address, f.audit_reason());
      throw;
    }
  }

  static http_response not_found(const match& m) {
    if (m.allow.empty()) return to_response(problem{problem_kind::not_found, "unknown path; see GET /api/v1/openapi.json"});
    auto out = to_response(problem{problem_kind::method_not_allowed, "allowed methods: " + m.allow});
    out.headers.emplace_back("Allow", m.allow);
    return out;
  }

  http_response with_headers(http_response r) const {
    r.headers.emplace_back("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    r.headers.emplace_back("Referrer-Policy", "no-referrer");
    if (!shared->settings.api.tls.certificate_file.empty())
      r.headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
    return r;
  }
};

server::server(actors::node_ptr shared) : state_(std::make_unique<state>(std::move(shared))) {}
server::~server() = default;
std::uint16_t server::port() const noexcept { return state_->listener.port(); }

}  // namespace millrace::api
