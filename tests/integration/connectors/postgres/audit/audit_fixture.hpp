#pragma once

#include "connectors/postgres/audit/audit_check.hpp"
#include "tests/integration/connectors/postgres/database.hpp"

#include <pqxx/pqxx>

#include <cstddef>
#include <optional>
#include <string>

namespace millrace::test {

/// A transaction in a second session. It gets its transaction id in `begin`, or in the first `add`.
class open_transaction {
 public:
  explicit open_transaction(const std::string& url) : connection_(url), work_(connection_) {}
  void begin() { work_.exec("select pg_current_xact_id()"); }
  void add(const std::string& subject) {
    work_.exec_params("insert into millrace.audit (actor, action, subject) values ('ada', 'replay', $1)", subject);
  }
  void commit() { work_.commit(); }

 private:
  pqxx::connection connection_;
  pqxx::work work_;
};

/// An audit log. A row can be sealed only once every older transaction on the server has ended, including those of other
/// tests. Sealing may therefore have to wait.
struct audit_database : migrated_database {
  void add(int rows, const std::string& subject = "task") {
    exec("insert into millrace.audit (actor, action, subject) select 'ada', 'replay', '" + subject +
         "' from generate_series(1, " + std::to_string(rows) + ")");
  }
  std::size_t seal(std::size_t limit = 1'000) {
    std::size_t sealed = 0;
    run([&](unit_of_work& work) { sealed = postgres::seal_audit(work, limit); });
    return sealed;
  }
  /// Seals in steps of `limit` until that many rows are sealed.
  bool sealed(int rows, std::size_t limit = 1'000) {
    return wait_until([&] {
      if (ask("select count(*) from millrace.audit_seal") == std::to_string(rows)) return true;
      seal(limit);
      return false;
    });
  }
  /// Whether every row may be sealed now.
  bool complete() {
    return ask("select bool_and(xid < pg_snapshot_xmin(pg_current_snapshot())) from millrace.audit") == "t";
  }
  std::size_t unsealed() {
    std::size_t rows = 0;
    run([&](unit_of_work& work) { rows = postgres::count_unsealed_audit(work); });
    return rows;
  }
  /// The subjects of the sealed rows, in the order of the chain.
  std::string subjects() {
    return ask(
        "select string_agg(subject, ' ' order by number) from millrace.audit_seal s join millrace.audit a on a.id = "
        "s.audit_id");
  }
  /// Runs SQL with disabled triggers, as only a superuser can.
  void tamper(const std::string& sql) {
    exec("alter table millrace.audit disable trigger user; alter table millrace.audit_seal disable trigger user;" + sql +
         ";alter table millrace.audit enable always trigger audit_rows;"
         "alter table millrace.audit enable always trigger audit_table;"
         "alter table millrace.audit_seal enable always trigger audit_seal_rows;"
         "alter table millrace.audit_seal enable always trigger audit_seal_table");
  }
  /// The end of the chain.
  postgres::audit_link head() { return follow().last; }
  /// The whole log, in pages of two: "5 intact", or the number up to which the chain holds, the breach, its number on the
  /// chain and its row's id.
  std::string check(const std::optional<postgres::audit_link>& expected = {}) {
    const auto chain = follow();
    auto breach = chain.breach;
    if (!breach && expected) run([&](unit_of_work& work) { breach = postgres::check_audit_head(work, *expected); });
    for (postgres::audit_rows_page page; !breach && !page.at_end; breach = page.breach)
      run([&](unit_of_work& work) { page = postgres::check_audit_rows(work, page.next_id, 2); });
    const auto until = std::to_string(chain.last.number);
    if (!breach) return until + " intact";
    return until + " " + to_string(breach->kind) + " " + std::to_string(breach->number) + " " +
           std::to_string(breach->audit_id);
  }

 private:
  postgres::audit_page follow() {
    postgres::audit_page page;
    do run([&](unit_of_work& work) { page = postgres::check_audit_chain(work, page.last, 2); });
    while (page.rows > 0 && !page.breach);
    return page;
  }
};

}  // namespace millrace::test
