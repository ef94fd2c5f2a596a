#pragma once

#include "config/settings.hpp"
#include "connectors/http/client.hpp"
#include "runtime/supervision/event_loop.hpp"

#include <tl/expected.hpp>

#include <memory>
#include <string>

namespace millrace::api {

/// Reads an identity provider's JWK Set from a file or an https URL.
class issuer_keys {
 public:
  /// `loop` must outlive the object.
  issuer_keys(supervision::event_loop& loop, const config::oidc_settings& settings);
  ~issuer_keys();
  issuer_keys(const issuer_keys&) = delete;
  issuer_keys& operator=(const issuer_keys&) = delete;

  /// The document, or an error. Blocks for up to five seconds.
  tl::expected<std::string, std::string> read();

 private:
  tl::expected<std::string, std::string> fetch();

  supervision::event_loop& loop_;
  const std::string location_;
  std::unique_ptr<http::client> http_;  ///< used and destroyed on the loop; null for a file
};

}  // namespace millrace::api
