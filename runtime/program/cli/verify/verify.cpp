#include "actors/delivery/topology.hpp"
#include "actors/node/connector_options.hpp"
#include "connectors/postgres/verify/invariants.hpp"
#include "runtime/program/cli/broker_session.hpp"
#include "runtime/program/cli/command.hpp"
#include "runtime/program/cli/verify/verify_journal.hpp"

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
  std::string journal;
  std::vector<std::string> effects;
  unsigned wait_s = 0;
  unsigned repeats_allowed = 0;
  bool json = false;
};

constexpr auto poll_interval = 500ms;
constexpr int idle_polls = 3;  // a message that moves between queues is briefly in neither

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

/// Counts the messages left in the consumed queues. The parking queue is not counted: its messages stay there.
finding count_messages(const config::settings& s) {
  broker_session broker{actors::amqp_options(s, "millrace verify"), actors::make_topology(s), s.amqp.connect_timeout};
  if (broker.error()) throw failure(failed, "verify: broker unavailable: " + *broker.error());
  for (auto& one : broker.problems()) throw failure(failed, "verify: " + one.problem);
  auto depths = broker.depths();
  finding found{.invariant = "I12", .what = "messages left in the queues", .examples = {}};
  for (auto* queue : s.queues.all()) {
    ++found.of;
    auto ready = depths[queue->name];
    found.breaches += ready;
    if (ready > 0) found.examples.push_back(queue->name + ": " + std::to_string(ready));
  }
  return found;
}

/// Waits until no task is unfinished, for up to `timeout`. The findings show tasks that are left.
void wait_until_idle(postgres::session& session, const config::settings& s, std::chrono::seconds timeout) {
  auto deadline = steady::now() + timeout;
  for (int idle = 0; idle < idle_polls && steady::now() < deadline;) {
    std::int64_t unfinished = count_messages(s).breaches;
    if (unfinished == 0) in_transaction(session, [&](unit_of_work& w) { unfinished = postgres::count_in_progress(w); });
    idle = unfinished == 0 ? idle + 1 : 0;
    if (idle < idle_polls) std::this_thread::sleep_for(poll_interval);
  }
}

std::vector<finding> check(postgres::session& session, const verify_options& o, std::uint64_t& without_id) {
  std::vector<finding> found;
  in_transaction(session, [&](unit_of_work& w) {
    without_id = 0;
    std::optional<json_lines> journal;
    if (!o.journal.empty()) journal.emplace(o.journal);
    postgres::load_confirmed(
        w, journal ? confirmed_tasks(*journal, without_id) : [](auto&) { return false; });
    std::size_t next = 0;
    std::optional<json_lines> receiver;
    postgres::source<std::string> lines = [](auto&) { return false; };
    postgres::load_effects(w, [&](std::string& id) {
      while (!lines(id)) {
        if (next == o.effects.size()) return false;
        receiver.emplace(o.effects[next++]);
        lines = effects(*receiver);
      }
      return true;
    });
    found = postgres::check_invariants(w, !o.effects.empty());
  });
  return found;
}

bool holds(const finding& f, const verify_options& o) {
  auto allowed = f.what == "e-mails and webhooks repeated" ? o.repeats_allowed : 0;
  return f.breaches <= allowed;
}

void print(const std::vector<finding>& all, const verify_options& o) {
  for (auto& f : all) {
    std::cout << std::left << std::setw(5) << f.invariant << std::setw(78) << f.what << std::right << std::setw(9)
              << f.breaches << " of " << std::left << std::setw(10) << f.of << (holds(f, o) ? "ok" : "BREACH") << '\n';
    for (auto& e : f.examples) std::cout << "       " << e << '\n';
  }
}

void print_json(const std::vector<finding>& all, const verify_options& o) {
  auto out = nlohmann::json::array();
  for (auto& f : all)
    out.push_back({{"invariant", f.invariant},
                   {"what", f.what},
                   {"breaches", f.breaches},
                   {"of", f.of},
                   {"holds", holds(f, o)},
                   {"examples", f.examples}});
  std::cout << out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

void verify(const verify_options& o, const config::settings& s) {
  auto session = open_session(s);
  wait_until_idle(session, s, std::chrono::seconds{o.wait_s});
  std::uint64_t without_id = 0;
  auto found = check(session, o, without_id);
  found.push_back(count_messages(s));
  o.json ? print_json(found, o) : print(found, o);
  if (without_id > 0) std::cerr << without_id << " journal lines have no id and are not checked for duplicates\n";
  auto breached = std::count_if(found.begin(), found.end(), [&](auto& f) { return !holds(f, o); });
  if (breached > 0)
    throw failure(failed, "verify: " + std::to_string(breached) + " of " + std::to_string(found.size()) + " checks failed");
}

void define_verify(CLI::App& c, const common_options& common) {
  auto o = std::make_shared<verify_options>();
  c.add_option("--journal", o->journal,
               "journal of confirmed publishes: one JSON object per line with id, tenant, expect and fails");
  c.add_option("--effects", o->effects,
               "journal of accepted e-mails or webhooks: one JSON object per line with the task id; repeatable");
  c.add_option("--repeats-allowed", o->repeats_allowed,
               "accepted number of repeated effects (a process that dies between an answer and its commit repeats one)")
      ->capture_default_str();
  c.add_option("--wait", o->wait_s, "wait up to this many seconds until no task is unfinished")->capture_default_str();
  c.add_flag("--json", o->json, "print a JSON array of findings");
  c.footer(
      "Exit code 1 if an invariant is breached. docs/invariants.md explains the invariants.\n"
      "Journal line: {\"id\": \"order-4711\", \"tenant\": \"acme\", \"expect\": \"done\"}. `expect` is done, dead or any.\n"
      "`fails` is the number of executions that the receiver refused. Only `id` is required.\n"
      "Examples:\n"
      "  millrace verify\n"
      "  millrace verify --wait 60 --journal confirmed.jsonl --effects webhooks.jsonl --effects mails.jsonl");
  c.callback([o, &common] { verify(*o, common.load().values); });
}

const command verify_command{help_section::verification, "verify",
                             "Check the live database and broker for lost or duplicated tasks", define_verify};

}  // namespace

}  // namespace millrace::cli
