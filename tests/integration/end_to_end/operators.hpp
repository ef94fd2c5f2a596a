#pragma once

#include "tests/integration/end_to_end/scene.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace millrace::test {

struct api_answer {
  long status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  nlohmann::json body;                         ///< is_discarded() if it is not JSON
};

/// A scene with a node that serves the operator API, and a client for it.
class operators_scene : public scene {
 public:
  operators_scene();
  /// Called by the test framework after each case. Validates every response against the OpenAPI document; see openapi.py.
  void teardown() const;

  /// Creates a token with the role on the command line; `tenant` empty: all tenants.
  std::string token(const std::string& role, const std::string& tenant = {});
  /// Sends a request. `path` is relative to /api/v1; `extra` are complete header lines.
  api_answer ask(const std::string& token, const std::string& method, const std::string& path,
                 const nlohmann::json& body = nullptr, const std::vector<std::string>& extra = {}) const;
  /// Sends a request with arbitrary text as body and an absolute path, unchanged.
  api_answer send(const std::string& token, const std::string& method, const std::string& path, const std::string& body,
                  const std::vector<std::string>& extra = {}) const;
  /// The first field of the first row, or empty.
  std::string read(const std::string& sql) const;
  int port() const { return api_port_; }
  /// Sends further requests over TLS. The client trusts `ca_file` (PEM; empty: the system's certificate authorities) and
  /// offers no version above `max_version` (`CURL_SSLVERSION_MAX_…`).
  void ask_over_tls(const std::string& ca_file, long max_version = 0) { tls_ = {ca_file, max_version}; }

 private:
  int api_port_ = 0;
  mutable std::string exchanges_;  ///< one JSON line per response
  std::optional<std::pair<std::string, long>> tls_;
};

}  // namespace millrace::test
