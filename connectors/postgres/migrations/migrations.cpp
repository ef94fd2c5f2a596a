#include "connectors/postgres/migrations/migrations.hpp"

#include "connectors/postgres/dead_letter/dead_letter_store.hpp"
#include "connectors/postgres/session/advisory_lock.hpp"

#include <algorithm>

namespace millrace::postgres {

namespace {

const std::string one_at_a_time =
    "set local statement_timeout = 0; set local lock_timeout = '10min'; select pg_advisory_xact_lock(" +
    std::to_string(key_of(advisory_lock::migration)) + ")";

int read_version(pqxx::transaction_base& work) {
  if (work.exec1("select to_regclass('millrace.schema_migration') is null")[0].as<bool>()) return 0;
  return work.exec1("select coalesce(max(number), 0) from millrace.schema_migration")[0].as<int>();
}

void create_ledger_of_migrations(pqxx::transaction_base& work) {
  work.exec(
      "create schema if not exists millrace;"
      "create table if not exists millrace.schema_migration ("
      "number integer primary key, name text not null, applied_at timestamptz not null default now())");
}

void apply(pqxx::transaction_base& work, const migration& step) {
  if (step.number == 1) create_ledger_of_migrations(work);
  work.exec(step.sql);
  work.exec_params("insert into millrace.schema_migration (number, name) values ($1, $2)", step.number, step.name);
}

failure refused(std::string message) { return {failure_class::stop, {}, std::move(message)}; }

failure too_new(int version) {
  return refused("the database's schema is version " + std::to_string(version) + ", newer than this program's " +
                 std::to_string(required_schema_version()) + ": use a newer millrace");
}

struct step_taken {
  int version = 0;      ///< before this step
  std::string applied;  ///< the migration's name, or empty
  std::string encoding;
};

step_taken take_step(pqxx::transaction_base& work) {
  work.exec(one_at_a_time);
  step_taken step{.version = read_version(work), .applied = {}, .encoding = work.exec1("show server_encoding")[0].c_str()};
  if (step.encoding != "UTF8" || step.version >= required_schema_version()) return step;
  const auto& next = migrations()[static_cast<std::size_t>(step.version)];
  apply(work, next);
  step.applied = next.name;
  return step;
}

/// Computes values that SQL cannot, in many small transactions, so that nothing waits long for a lock.
tl::expected<void, failure> complete_rows(session& s) {
  constexpr std::size_t at_once = 1'000;
  for (std::size_t changed = at_once; changed == at_once;) {
    auto done = s.run([&](unit_of_work& work) { changed = add_missing_fingerprints(work, at_once); });
    if (!done) return done;
  }
  return {};
}

}  // namespace

int required_schema_version() { return migrations().empty() ? 0 : migrations().back().number; }

tl::expected<int, failure> schema_version(session& s) {
  int version = 0;
  const auto done = s.run([&](unit_of_work& work) { version = read_version(work.transaction()); });
  if (!done) return tl::unexpected(done.error());
  return version;
}

tl::expected<std::vector<std::string>, failure> migrate(session& s) {
  std::vector<std::string> applied;
  for (;;) {
    step_taken step;
    // The lock ends with the transaction, so a node that dies during a migration does not block others. The version is read
    // under the lock.
    const auto done = s.run([&](unit_of_work& work) { step = take_step(work.transaction()); });
    if (!done) return tl::unexpected(done.error());
    if (step.encoding != "UTF8")
      return tl::unexpected(refused("the database's encoding is " + step.encoding + ", not UTF8"));
    if (step.version > required_schema_version()) return tl::unexpected(too_new(step.version));
    if (step.applied.empty()) {
      const auto completed = complete_rows(s);
      if (!completed) return tl::unexpected(completed.error());
      return applied;
    }
    applied.push_back(step.applied);
  }
}

}  // namespace millrace::postgres
