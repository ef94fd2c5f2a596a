#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

/// The `api_token` table: bearer tokens of the API. Secrets are stored as SHA-256 only; as they have 256 random bits, no
/// slower hash is needed.
namespace millrace::postgres {

struct token_record {
  std::string id, name, role, tenant;                                      ///< tenant empty: all
  std::string created_at, created_by, expires_at, revoked_at, revoked_by;  ///< times RFC 3339
  bool valid = false;  ///< neither expired nor revoked, by the database's clock
};
/// A token together with the hash of its secret (32 bytes).
struct token_with_hash : token_record {
  std::string secret_hash;
};

void add_token(unit_of_work& work, const token_with_hash& token, std::chrono::seconds lifetime);
std::optional<token_with_hash> find_token(unit_of_work& work, const std::string& id);
/// Newest first; up to 1,000.
std::vector<token_record> list_tokens(unit_of_work& work);
/// False if no token has that id, or it is already revoked.
bool revoke_token(unit_of_work& work, const std::string& id, const std::string& actor);

}  // namespace millrace::postgres
