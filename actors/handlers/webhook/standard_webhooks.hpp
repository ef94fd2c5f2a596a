#pragma once

#include "config/secret.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// Signatures according to the Standard Webhooks specification 1.0, scheme v1 (HMAC-SHA256).
namespace millrace::standard_webhooks {

/// A signing key, parsed from its text form.
class key {
 public:
  /// `text` is whsec_ followed by base64 of 24 to 64 bytes. Throws std::invalid_argument with a message that never contains
  /// the secret.
  explicit key(const config::secret& text);

  /// One signature, "v1,<base64>", over "id.timestamp.body". `id` must not contain a dot.
  std::string sign(std::string_view id, std::int64_t timestamp, std::string_view body) const;

 private:
  config::secret bytes_;
};

}  // namespace millrace::standard_webhooks
