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
  /// `loop` outlives it.
  issuer_keys(event_loop& loop, const config::oidc_settings& settings);
  ~issuer_keys();
  issuer_keys(const issuer_keys&) = delete;
  issuer_keys& operator=(const issuer_keys&) = delete;

  /// The document, or why it cannot be read. Blocks for up to five seconds.
  tl::expected<std::string, std::string> read();

 private:
  tl::expected<std::string, std::string> fetch();

  event_loop& loop_;
  const std::string place_;
  std::unique_ptr<http::client> http_;  ///< the loop's; only where a URL is to be read
};

}  // namespace millrace::api
