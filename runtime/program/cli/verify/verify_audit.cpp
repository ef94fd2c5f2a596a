#include "actors/node/connector_options.hpp"
#include "connectors/postgres/audit/audit_check.hpp"
#include "runtime/program/cli/command.hpp"
#include "runtime/program/cli/verify/audit_report.hpp"

#include <iostream>
#include <memory>
#include <thread>

namespace millrace::cli {
namespace {

using namespace std::chrono_literals;
using postgres::audit_link;
using steady = std::chrono::steady_clock;

struct audit_options {
  std::string head;
  bool json = false;
};

constexpr std::size_t page_rows = 5'000;
constexpr auto look_again_after = 500ms;
constexpr auto sealers_patience = 10s;

/// The log in pages, each in a transaction of its own: no snapshot is held for as long as it takes.
class audit_reader {
 public:
  explicit audit_reader(const config::settings& s) : session_(options_of(s)) {}

  audit_report read(const std::optional<audit_link>& expected) {
    audit_report report;
    follow_chain(report);
    if (!report.breach && expected) run([&](unit_of_work& w) { report.breach = postgres::check_audit_head(w, *expected); });
    if (!report.breach) look_for_unsealed(report);
    return report;
  }

 private:
  static postgres::session_options options_of(const config::settings& s) {
    auto o = task_session(s, "millrace verify-audit");
    o.statement_timeout = 10min;
    return o;
  }

  void run(const std::function<void(unit_of_work&)>& work) {
    auto done = session_.run([&](unit_of_work& w) {
      w.transaction().exec0("set transaction read only");
      work(w);
    });
    if (!done) throw failure(failed, "verify-audit: " + done.error().message);
  }

  void follow_chain(audit_report& report) {
    for (std::size_t rows = 1; rows > 0 && !report.breach;) {
      run([&](unit_of_work& w) {
        auto page = postgres::check_audit_chain(w, report.last, page_rows);
        report.last = page.last;
        report.breach = page.breach;
        rows = page.rows;
      });
    }
  }

  /// A row that should have been sealed may only just have been committed by a long transaction: nodes are given time.
  void look_for_unsealed(audit_report& report) {
    std::optional<steady::time_point> deadline;
    for (postgres::audit_rows_page place; !place.at_end;) {
      postgres::audit_rows_page page;
      run([&](unit_of_work& w) { page = postgres::check_audit_rows(w, place.next_id, page_rows); });
      if (!page.breach) {
        place = page;
        continue;
      }
      if (!deadline) deadline = steady::now() + sealers_patience;
      if (page.breach->kind != postgres::audit_breach_kind::unsealed || steady::now() >= *deadline) {
        report.breach = page.breach;
        return;
      }
      std::this_thread::sleep_for(look_again_after);
    }
  }

  postgres::session session_;
};

void verify_audit(const audit_options& o, const config::settings& s) {
  std::optional<audit_link> expected;
  if (!o.head.empty()) {
    expected = parse_audit_head(o.head);
    if (!expected)
      throw failure(misused, "verify-audit: --head takes NUMBER:HEX as this command prints it, with 64 hex digits");
  }
  auto report = audit_reader{s}.read(expected);
  std::cout << (o.json ? json_of(report) : text_of(report)) << std::flush;
  if (!std::cout) throw failure(failed, "verify-audit: cannot write to standard output");
  if (report.breach) throw failure(failed, "verify-audit: the audit log is not intact: " + explain(*report.breach));
}

}  // namespace

void add_verify_audit(CLI::App& app, const common_options& common) {
  auto o = std::make_shared<audit_options>();
  auto* c = app.add_subcommand("verify-audit", "Check that the audit log was not tampered with, along its chain of hashes");
  c->add_option("--head", o->head,
                "NUMBER:HEX, a head that was printed before and kept elsewhere; it must lie on the chain");
  c->add_flag("--json", o->json, "a JSON object");
  c->footer(
      "Only a head kept where the database's owner cannot write shows that the chain was cut or made anew.\n"
      "Exit code 1 if the log is not intact, or the database not reachable. docs/guides/audit.md explains the breaches.\n"
      "Examples:\n"
      "  millrace verify-audit --json | jq -er '.head // empty' >>/mnt/worm/audit-heads\n"
      "  millrace verify-audit --head \"$(tail -n 1 /mnt/worm/audit-heads)\"");
  c->callback([o, &common] { verify_audit(*o, common.load().values); });
}

}  // namespace millrace::cli
