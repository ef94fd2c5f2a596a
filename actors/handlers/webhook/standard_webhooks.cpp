#include "actors/handlers/webhook/standard_webhooks.hpp"

#include "config/text/digest.hpp"
#include "config/text/encoding.hpp"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace millrace::standard_webhooks {
namespace {

constexpr std::string_view prefix = "whsec_";

config::secret decode(const config::secret& text) {
  const std::string_view whole = text.reveal();
  if (!whole.starts_with(prefix)) throw std::invalid_argument("webhook signing secret: must begin with whsec_");
  auto bytes = text::from_base64(whole.substr(prefix.size()));
  if (!bytes) throw std::invalid_argument("webhook signing secret: not base64 after whsec_");
  if (bytes->size() < 24 || bytes->size() > 64)
    throw std::invalid_argument("webhook signing secret: has " + std::to_string(bytes->size()) +
                                " bytes, must have 24 to 64");
  return config::secret{*std::move(bytes)};
}

}  // namespace

key::key(const config::secret& text) : bytes_(decode(text)) {}

std::string key::sign(std::string_view id, std::int64_t timestamp, std::string_view body) const {
  std::string content{id};
  content += '.';
  content += std::to_string(timestamp);
  content += '.';
  content += body;
  return "v1," + text::to_base64(text::hmac_sha256(bytes_.reveal(), content));
}

}  // namespace millrace::standard_webhooks
