#pragma once

#include "connectors/postgres/cluster/token_store.hpp"

#include <optional>
#include <string>
#include <string_view>

/// The API's own tokens: mr_<id>_<secret>, the id of 12 letters and digits, the secret 64 hex digits (256 random bits).
namespace millrace::api {

struct bearer {
  std::string id, secret;
};
std::optional<bearer> parse_bearer(std::string_view token);

/// A new token with random id and secret, and what is kept of it.
struct minted {
  std::string token;  ///< to be shown once, to its owner
  postgres::token_with_hash kept;
};
minted mint_token();

/// Whether the secret is the one that was hashed. Takes as long whatever differs.
bool fits(std::string_view secret, std::string_view hash);

}  // namespace millrace::api
