#pragma once

#include "monitoring/http_server/server.hpp"

#include <nlohmann/json.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::api {

/// The kinds of problems; `type` of the document is urn:millrace:problem: and the kind's name.
enum class problem_kind : std::uint8_t {
  invalid_request,      ///< 400: the request cannot be understood; `errors` names each field
  unauthenticated,      ///< 401: no credentials, or none that are valid
  forbidden,            ///< 403: this caller may not
  not_found,            ///< 404
  method_not_allowed,   ///< 405
  conflict,             ///< 409: not as things stand
  length_required,      ///< 411: a body without a Content-Length
  precondition_failed,  ///< 412: it has changed since it was read
  too_large,            ///< 413
  unsupported_media,    ///< 415
  key_reused,           ///< 422: the Idempotency-Key came with another request before
  too_many_requests,    ///< 429
  internal,             ///< 500
  unavailable,          ///< 503: the database is away
};

/// Ends a request with a problem document (RFC 9457).
class problem : public std::runtime_error {
 public:
  using field_errors = std::vector<std::pair<std::string, std::string>>;  ///< field and what is wrong with it

  problem(problem_kind kind, const std::string& detail, field_errors errors = {})
      : std::runtime_error(detail), kind_(kind), errors_(std::move(errors)) {}
  problem_kind kind() const noexcept { return kind_; }
  const field_errors& errors() const noexcept { return errors_; }
  int status() const noexcept;

 private:
  problem_kind kind_;
  field_errors errors_;
};

/// What is there, but not for this caller: answered as not_found, so that nobody learns what others have, and entered in the
/// audit log as a denial.
class foreign : public problem {
 public:
  /// `what` it is, with its id or name.
  foreign(const std::string& detail, const std::string& what)
      : problem(problem_kind::not_found, detail), why_(what + " is another tenant's") {}
  const std::string& why() const noexcept { return why_; }  ///< for the audit log alone

 private:
  std::string why_;
};

monitoring::http_response to_response(const problem& p);
/// The same for what the listener refuses, by its status.
monitoring::http_response refusal(int status, std::string_view why);

/// JSON as responses carry it: bytes that are no UTF-8 are replaced.
std::string to_text(const nlohmann::ordered_json& j);

}  // namespace millrace::api
