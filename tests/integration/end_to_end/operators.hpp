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
  nlohmann::json body;                         ///< discarded if it is no JSON
};

/// A scene whose node has the operator API, and a client of it.
class operators_scene : public scene {
 public:
  operators_scene();
  /// Called by the test framework after a case: holds every answer that came against the OpenAPI document; see openapi.py.
  void teardown() const;

  /// A new token of that role, made by the command line; `tenant` empty: all.
  std::string token(const std::string& role, const std::string& tenant = {});
  /// Sends a request; `path` begins after /api/v1. `extra` are whole header lines.
  api_answer ask(const std::string& token, const std::string& method, const std::string& path,
                 const nlohmann::json& body = nullptr, const std::vector<std::string>& extra = {}) const;
  /// The same with any text for a body and the path as it is, from the root.
  api_answer send(const std::string& token, const std::string& method, const std::string& path, const std::string& body,
                  const std::vector<std::string>& extra = {}) const;
  /// The first field of the first row, or empty.
  std::string read(const std::string& sql) const;
  int port() const { return api_port_; }
  /// From now on it is asked over TLS, by a client that trusts that PEM file (empty: the system's authorities) and offers no
  /// version above `CURL_SSLVERSION_MAX_…`.
  void ask_over_tls(const std::string& ca_file, long max_version = 0) { tls_ = {ca_file, max_version}; }

 private:
  int api_port_ = 0;
  mutable std::string heard_;  ///< a line for each answer
  std::optional<std::pair<std::string, long>> tls_;
};

}  // namespace millrace::test
