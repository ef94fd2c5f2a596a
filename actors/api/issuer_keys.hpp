#pragma once

#include "actors/node.hpp"
#include "connectors/http/client.hpp"

#include <tl/expected.hpp>

#include <memory>
#include <string>

namespace millrace::api {

/// Reads an identity provider's JWK Set from a file or an https URL.
class issuer_keys {
 public:
  issuer_keys(node& shared, std::string place);
  ~issuer_keys();
  issuer_keys(const issuer_keys&) = delete;
  issuer_keys& operator=(const issuer_keys&) = delete;

  /// The document, or why it cannot be read. Blocks for up to five seconds.
  tl::expected<std::string, std::string> read();

 private:
  tl::expected<std::string, std::string> fetch();

  node& shared_;
  const std::string place_;
  std::unique_ptr<http::client> http_;  ///< the loop's; only where a URL is to be read
};

}  // namespace millrace::api
