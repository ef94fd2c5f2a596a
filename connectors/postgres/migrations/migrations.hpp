#pragma once

#include "connectors/postgres/session/session.hpp"

#include <string>
#include <vector>

/// The schema `millrace`: numbered migrations, embedded in the binary.
namespace millrace::postgres {

struct migration {
  int number;
  std::string name;
  std::string sql;
};

/// All migrations of this binary, ascending from 1 without gaps.
const std::vector<migration>& migrations();
/// The version this binary needs: the last migration's number.
int required_schema_version();
/// The version in the database; 0 if it was never migrated.
tl::expected<int, failure> schema_version(session& s);
/// Applies the missing migrations, each in a separate transaction under an advisory lock, so that any number of nodes may
/// start concurrently. Returns the names of the applied ones. Fails with `stop` if the database is newer than this binary.
tl::expected<std::vector<std::string>, failure> migrate(session& s);

}  // namespace millrace::postgres
