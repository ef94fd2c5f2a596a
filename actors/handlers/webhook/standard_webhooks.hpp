#pragma once

#include "config/secret.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// Signatures as the Standard Webhooks specification 1.0 wants them, scheme v1 (HMAC-SHA256).
namespace millrace::standard_webhooks {

/// A signing key, read from its text form.
class key {
 public:
  /// `text` is whsec_ and base64 of 24 to 64 bytes. Throws std::invalid_argument that says what is wrong, never the secret.
  explicit key(const secret& text);

  /// The value of one signature, "v1,<base64>", over "id.timestamp.body". `id` must contain no dot.
  std::string sign(std::string_view id, std::int64_t timestamp, std::string_view body) const;

 private:
  secret bytes_;
};

}  // namespace millrace::standard_webhooks
