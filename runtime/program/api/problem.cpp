#include "runtime/program/api/problem.hpp"

#include <array>

namespace millrace::api {
namespace {

struct description {
  int status;
  const char* name;
  const char* title;
};

/// In the order of problem_kind.
constexpr std::array descriptions{
    description{400, "invalid-request", "Invalid request"},
    description{401, "unauthenticated", "Valid credentials required"},
    description{403, "forbidden", "Forbidden"},
    description{404, "not-found", "Not found"},
    description{405, "method-not-allowed", "Method not allowed"},
    description{409, "conflict", "Conflict"},
    description{411, "length-required", "Content-Length required"},
    description{412, "precondition-failed", "Precondition failed"},
    description{413, "too-large", "Request too large"},
    description{415, "unsupported-media-type", "Unsupported media type"},
    description{422, "key-reused", "Idempotency-Key reused"},
    description{429, "too-many-requests", "Too many requests"},
    description{500, "internal", "Internal error"},
    description{503, "unavailable", "Service unavailable"},
};

const description& describe(problem_kind kind) { return descriptions[static_cast<std::size_t>(kind)]; }

problem_kind kind_of(int status) {
  for (std::size_t i = 0; i < descriptions.size(); ++i)
    if (descriptions[i].status == status) return static_cast<problem_kind>(i);
  return status >= 500 ? problem_kind::internal : problem_kind::invalid_request;
}

}  // namespace

int problem::status() const noexcept { return describe(kind_).status; }

std::string to_text(const nlohmann::ordered_json& j) {
  return j.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

monitoring::http_response to_response(const problem& p) {
  const auto& d = describe(p.kind());
  nlohmann::ordered_json body{{"type", std::string{"urn:millrace:problem:"} + d.name},
                              {"title", d.title},
                              {"status", d.status},
                              {"detail", p.what()}};
  for (const auto& [field, message] : p.errors()) body["errors"].push_back({{"field", field}, {"detail", message}});
  monitoring::http_response r{d.status, "application/problem+json", to_text(body)};
  if (d.status == 401) r.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"millrace\"");
  if (d.status == 429 || d.status == 503) r.headers.emplace_back("Retry-After", "1");
  return r;
}

monitoring::http_response refusal(int status, std::string_view detail) {
  return to_response(problem{kind_of(status), std::string{detail}});
}

}  // namespace millrace::api
