#pragma once

#include "connectors/postgres/migrations/migrations.hpp"
#include "connectors/postgres/session/session.hpp"
#include "tests/support/servers.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <stdexcept>
#include <string>

namespace millrace::test {

/// A database for one test with Millrace's schema, and a session with it.
struct migrated_database {
  migrated_database() {
    const auto applied = postgres::migrate(session);
    if (!applied) throw std::runtime_error("cannot migrate: " + applied.error().message);
  }

  postgres::session_options options() const { return {.url = config::secret{database.url()}}; }

  /// Waits until dead nodes are detected. Just after a start of the server, every node counts as alive.
  void wait_for_deaths_to_count() {
    test::wait_until([&] {
      return ask("select now() - greatest(pg_postmaster_start_time(), stats_reset) > interval '10 seconds'"
                 " from pg_stat_bgwriter") == "t";
    });
  }

  /// Runs a unit of work. Throws std::runtime_error if it fails.
  void run(const std::function<void(unit_of_work&)>& work) {
    const auto done = session.run(work);
    if (!done) throw std::runtime_error(done.error().sqlstate + " " + done.error().message);
  }
  /// The first field of the first row, as text; empty for NULL.
  std::string ask(const std::string& sql) {
    std::string answer;
    run([&](unit_of_work& work) {
      const auto rows = work.transaction().exec(sql);
      answer = rows.empty() ? "" : rows[0][0].c_str();
    });
    return answer;
  }
  void exec(const std::string& sql) {
    run([&](unit_of_work& work) { work.transaction().exec(sql); });
  }

  test_database database;
  postgres::session session{options()};
};

}  // namespace millrace::test
