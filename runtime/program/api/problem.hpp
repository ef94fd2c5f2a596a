#pragma once

#include "monitoring/http_server/server.hpp"

#include <nlohmann/json.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::api {

/// Problem types. The `type` member of the document is urn:millrace:problem:NAME.
enum class problem_kind : std::uint8_t {
  invalid_request,      ///< 400; `errors` lists the invalid parameters
  unauthenticated,      ///< 401: credentials missing or invalid
  forbidden,            ///< 403: the caller lacks the permission
  not_found,            ///< 404
  method_not_allowed,   ///< 405
  conflict,             ///< 409: the state of the object does not allow it
  length_required,      ///< 411: body without Content-Length
  precondition_failed,  ///< 412: the ETag does not match If-Match
  too_large,            ///< 413
  unsupported_media,    ///< 415
  key_reused,           ///< 422: Idempotency-Key used with a different request
  too_many_requests,    ///< 429
  internal,             ///< 500
  unavailable,          ///< 503: database or identity provider unavailable
};

/// Ends a request with a problem document (RFC 9457).
class problem : public std::runtime_error {
 public:
  using field_errors = std::vector<std::pair<std::string, std::string>>;  ///< parameter (empty: the body) and message

  problem(problem_kind kind, const std::string& detail, field_errors errors = {})
      : std::runtime_error(detail), kind_(kind), errors_(std::move(errors)) {}
  problem_kind kind() const noexcept { return kind_; }
  const field_errors& errors() const noexcept { return errors_; }
  int status() const noexcept;

 private:
  problem_kind kind_;
  field_errors errors_;
};

/// The object belongs to another tenant. The caller gets not_found, so that it learns nothing about other tenants; the audit
/// log records a denial.
class foreign : public problem {
 public:
  /// `object`: its kind with its id or name.
  foreign(const std::string& detail, const std::string& object)
      : problem(problem_kind::not_found, detail), audit_reason_(object + " belongs to another tenant") {}
  const std::string& audit_reason() const noexcept { return audit_reason_; }  ///< not to be sent to the caller

 private:
  std::string audit_reason_;
};

monitoring::http_response to_response(const problem& p);
/// The problem document for a request that the HTTP listener rejected with `status`.
monitoring::http_response refusal(int status, std::string_view detail);

/// Serialises a response body. Invalid UTF-8 is replaced.
std::string to_text(const nlohmann::ordered_json& j);

}  // namespace millrace::api
