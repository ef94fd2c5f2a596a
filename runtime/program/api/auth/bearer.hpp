#pragma once

#include "connectors/postgres/cluster/token_store.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Millrace tokens: mr_<id>_<secret>. The id has 12 letters and digits, the secret has 64 hex digits (256 random bits).
namespace millrace::api {

struct bearer {
  std::string id, secret;
};
std::optional<bearer> parse_bearer(std::string_view token);

struct minted {
  std::string token;               ///< contains the secret: show it once, to its owner, and do not store it
  postgres::token_with_hash kept;  ///< the database row, without the secret
};
/// Creates a token with random id and secret.
minted mint_token();

/// Whether `hash` is the hash of `secret`. Compares in constant time.
bool matches(std::string_view secret, std::string_view hash);

}  // namespace millrace::api
