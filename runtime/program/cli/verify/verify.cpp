#include "actors/node/connector_options.hpp"
#include "connectors/postgres/verify/invariants.hpp"
#include "runtime/program/cli/command.hpp"
#include "runtime/program/cli/verify/ledger_replay.hpp"
#include "runtime/program/cli/verify/verify_journal.hpp"
#include "runtime/program/cli/verify/verify_queues.hpp"

#include <nlohmann/json.hpp>

#include <iomanip>
#include <iostream>
#include <memory>
#include <thread>

namespace millrace::cli {
namespace {

using namespace std::chrono_literals;
using postgres::finding;
using steady = std::chrono::steady_clock;

struct verify_options {
  std::vector<std::string> journals, effects, results, may_repeat;
  unsigned wait_s = 0;
  bool json = false;
};

constexpr auto poll_interval = 500ms;
constexpr auto statistics_interval = 5s;  // RabbitMQ's collect_statistics_interval and quorum_tick_interval

postgres::session open_session(const config::settings& s) {
  auto options = actors::task_session(s, "millrace verify");
  options.statement_timeout = 10min;  // the checks scan whole tables
  return postgres::session{std::move(options)};
}

void in_transaction(postgres::session& session, const std::function<void(unit_of_work&)>& work) {
  auto done = session.run([&](unit_of_work& w) {
    w.transaction().exec0("set transaction isolation level repeatable read");
    work(w);
  });
  if (!done) throw failure(failed, "verify: " + done.error().message);
}

/// Waits until no task is unfinished, for up to `timeout`. The findings show tasks that are left.
void wait_until_idle(postgres::session& session, queue_counter& queues, std::chrono::seconds timeout) {
  const auto needed = queues.counts_unacked() ? statistics_interval + poll_interval : 3 * poll_interval;
  auto busy = steady::now();
  for (auto deadline = steady::now() + timeout; steady::now() < deadline;) {
    std::int64_t unfinished = 0;
    std::map<std::string, std::int64_t> parked;
    in_transaction(session, [&](unit_of_work& w) {
      unfinished = postgres::count_in_progress(w);
      parked = postgres::count_parked(w);
    });
    if (unfinished == 0)
      for (auto& left : queues.count(parked)) unfinished += left.breaches;
    if (unfinished > 0) busy = steady::now();
    if (steady::now() - busy >= needed) return;
    std::this_thread::sleep_for(poll_interval);
  }
}

std::vector<finding> check_ledger(unit_of_work& w) {
  ledger_replay replay{postgres::ledger_ordered_since(w)};
  postgres::read_accounts(w, [&](postgres::account_row row) { replay.add(std::move(row)); });
  postgres::read_openings(w, [&](const postgres::opening_row& row) { replay.add(row); });
  postgres::read_ledger_decisions(w, [&](const postgres::ledger_decision& d) { replay.add(d); });
  return replay.findings();
}

std::vector<finding> check(postgres::session& session, const verify_options& o, queue_counter& queues) {
  std::vector<finding> found;
  std::map<std::string, std::int64_t> parked;
  in_transaction(session, [&](unit_of_work& w) {
    postgres::load_confirmed(w, confirmed_tasks(o.journals));
    postgres::load_results(w, received_results(o.results));
    postgres::load_effects(w, lines_of(o.effects, accepted_id));
    postgres::load_repeatable(w, lines_of(o.may_repeat, listed_id));
    found = postgres::check_invariants(
        w, {.confirmed = !o.journals.empty(), .effects = !o.effects.empty(), .results = !o.results.empty()});
    for (auto& f : check_ledger(w)) found.push_back(std::move(f));
    parked = postgres::count_parked(w);
  });
  for (auto& f : queues.count(parked)) found.push_back(std::move(f));
  return found;
}

const char* verdict(const finding& f) { return !f.checked ? "not checked" : f.breaches == 0 ? "ok" : "BREACH"; }

void print(const std::vector<finding>& all) {
  for (auto& f : all) {
    std::cout << std::left << std::setw(5) << f.invariant << std::setw(78) << f.what << std::right << std::setw(9)
              << f.breaches << " of " << std::left << std::setw(10) << f.of << verdict(f) << '\n';
    for (auto& e : f.examples) std::cout << "       " << e << '\n';
  }
}

void print_json(const std::vector<finding>& all) {
  auto out = nlohmann::json::array();
  for (auto& f : all)
    out.push_back({{"invariant", f.invariant},
                   {"what", f.what},
                   {"breaches", f.breaches},
                   {"of", f.of},
                   {"checked", f.checked},
                   {"holds", f.checked ? nlohmann::json(f.breaches == 0) : nlohmann::json(nullptr)},
                   {"examples", f.examples}});
  std::cout << out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

void verify(const verify_options& o, const config::settings& s) {
  auto session = open_session(s);
  queue_counter queues{s};
  wait_until_idle(session, queues, std::chrono::seconds{o.wait_s});
  auto found = check(session, o, queues);
  o.json ? print_json(found) : print(found);
  auto breached = std::count_if(found.begin(), found.end(), [](auto& f) { return f.breaches > 0; });
  if (breached > 0)
    throw failure(failed, "verify: " + std::to_string(breached) + " of " + std::to_string(found.size()) + " checks failed");
}

void define_verify(CLI::App& c, const common_options& common) {
  auto o = std::make_shared<verify_options>();
  c.add_option("--journal", o->journals,
               "journal of confirmed publishes: one JSON object per line with id, tenant, expect, fails, reply_to and "
               "follow_ups; repeatable");
  c.add_option("--effects", o->effects,
               "journal of accepted e-mails or webhooks: one JSON object per line with the task id; repeatable");
  c.add_option("--results", o->results,
               "journal of received results: one JSON object per line with id, tenant and state; repeatable");
  c.add_option("--may-repeat", o->may_repeat,
               "tasks whose e-mail or webhook may have been repeated: one JSON object per line with the task id, once for "
               "each allowed repeat; repeatable");
  c.add_option("--wait", o->wait_s, "wait up to this many seconds until no task is unfinished")->capture_default_str();
  c.add_flag("--json", o->json, "print a JSON array of findings");
  c.footer(
      "Exit code 1 if an invariant is breached. docs/invariants.md explains the invariants.\n"
      "Journal line: {\"id\": \"order-4711\", \"tenant\": \"acme\", \"expect\": \"done\"}. `expect` is done, dead or any.\n"
      "`fails` is the number of executions that the receiver refused. Only `id` is required; for a task that was published\n"
      "without an id it is null, and `sha256` is the hex digest of the payload. `follow_ups` is the number of follow-up "
      "tasks\n"
      "that the task requests, and `reply_to` the queue for its result.\n"
      "Unacknowledged messages are counted only if amqp.management_url is set.\n"
      "Examples:\n"
      "  millrace verify\n"
      "  millrace verify --wait 60 --journal confirmed.jsonl --effects webhooks.jsonl --effects mails.jsonl");
  c.callback([o, &common] { verify(*o, common.load().values); });
}

const command verify_command{help_section::verification, "verify",
                             "Check the live database and broker for lost or duplicated tasks", define_verify};

}  // namespace

}  // namespace millrace::cli
