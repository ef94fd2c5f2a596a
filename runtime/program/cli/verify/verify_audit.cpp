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

struct verify_audit_options {
  std::string head;
  bool json = false;
};

constexpr std::size_t rows_per_page = 5'000;
constexpr auto retry_interval = 500ms;
constexpr auto sealing_timeout = 10s;

/// Reads the log page by page, each page in its own transaction, so that no snapshot is held for the whole run.
class audit_reader {
 public:
  explicit audit_reader(const config::settings& s) : session_(options_of(s)) {}

  audit_report read(const std::optional<audit_link>& expected) {
    audit_report report;
    follow_chain(report);
    if (!report.breach && expected) run([&](unit_of_work& w) { report.breach = postgres::check_audit_head(w, *expected); });
    if (!report.breach) find_unsealed(report);
    return report;
  }

 private:
  static postgres::session_options options_of(const config::settings& s) {
    auto o = actors::task_session(s, "millrace verify-audit");
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
        auto page = postgres::check_audit_chain(w, report.last, rows_per_page);
        report.last = page.last;
        report.breach = page.breach;
        rows = page.rows;
      });
    }
  }

  /// Retries for up to `sealing_timeout`: a long transaction may have committed an old row only now.
  void find_unsealed(audit_report& report) {
    std::optional<steady::time_point> deadline;
    for (postgres::audit_rows_page checked; !checked.at_end;) {
      postgres::audit_rows_page page;
      run([&](unit_of_work& w) { page = postgres::check_audit_rows(w, checked.next_id, rows_per_page); });
      if (!page.breach) {
        checked = page;
        continue;
      }
      if (!deadline) deadline = steady::now() + sealing_timeout;
      if (page.breach->kind != postgres::audit_breach_kind::unsealed || steady::now() >= *deadline) {
        report.breach = page.breach;
        return;
      }
      std::this_thread::sleep_for(retry_interval);
    }
  }

  postgres::session session_;
};

void verify_audit(const verify_audit_options& o, const config::settings& s) {
  std::optional<audit_link> expected;
  if (!o.head.empty()) {
    expected = parse_audit_head(o.head);
    if (!expected)
      throw failure(misused, "verify-audit: --head must be NUMBER:HEX as printed by this command, with 64 hex digits");
  }
  auto report = audit_reader{s}.read(expected);
  std::cout << (o.json ? json_of(report) : text_of(report)) << std::flush;
  if (!std::cout) throw failure(failed, "verify-audit: cannot write to standard output");
  if (report.breach) throw failure(failed, "verify-audit: the audit log is not intact: " + explain(*report.breach));
}

void define_verify_audit(CLI::App& c, const common_options& common) {
  auto o = std::make_shared<verify_audit_options>();
  c.add_option("--head", o->head, "earlier head NUMBER:HEX, stored outside the database; it must be on the chain");
  c.add_flag("--json", o->json, "print a JSON object");
  c.footer(
      "Only an earlier head, stored where the database owner cannot write, reveals a truncated or rewritten chain.\n"
      "Exit code 1 if the log is not intact or the database is unavailable. docs/guides/audit.md explains the breaches.\n"
      "Examples:\n"
      "  millrace verify-audit --json | jq -er '.head // empty' >>/mnt/worm/audit-heads\n"
      "  millrace verify-audit --head \"$(tail -n 1 /mnt/worm/audit-heads)\"");
  c.callback([o, &common] { verify_audit(*o, common.load().values); });
}

const command verify_audit_command{help_section::verification, "verify-audit",
                                   "Check the hash chain of the audit log for tampering", define_verify_audit};

}  // namespace

}  // namespace millrace::cli
