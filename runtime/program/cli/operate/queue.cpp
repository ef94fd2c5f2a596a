#include "actors/delivery/topology.hpp"
#include "actors/node/connector_options.hpp"
#include "actors/operations/queue_change.hpp"
#include "actors/operations/queue_view.hpp"
#include "runtime/program/cli/audit_options.hpp"
#include "runtime/program/cli/broker_session.hpp"
#include "runtime/program/cli/database_session.hpp"
#include "runtime/program/cli/list_printer.hpp"
#include "runtime/program/cli/management_session.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iostream>
#include <memory>

namespace millrace::cli {
namespace {

using nlohmann::ordered_json;
using postgres::queue_control;
using terminal::room;
using terminal::side;

struct queue_options : audit_options {
  std::string queue, concurrency, rate;
  bool json = false;
};

/// Reads the depths from the management API, if amqp.management_url is set. Empty if it is unavailable.
std::optional<actors::queue_depths> depths_from_management(const config::settings& s) {
  if (s.amqp.management_url.empty()) return std::nullopt;
  management_session management{s};
  auto depths = actors::ask_depths(management.client(), s.amqp);
  if (depths) return *std::move(depths);
  std::cerr << "queue list: management API unavailable: " << depths.error() << '\n';
  return std::nullopt;
}

/// Reads the depths over AMQP, which reports ready messages only.
actors::queue_depths depths_from_broker(const config::settings& s) {
  broker_session broker{actors::amqp_options(s, "millrace queue"), actors::make_topology(s),
                        std::chrono::milliseconds{5'000}};
  if (broker.error()) std::cerr << "queue list: broker unavailable; queue depths unknown: " << *broker.error() << '\n';
  for (auto& failed : broker.problems()) std::cerr << "queue list: " << failed.problem << '\n';
  actors::queue_depths all;
  if (!broker.error())
    for (auto& [queue, ready] : broker.depths()) all[queue].ready = ready;
  return all;
}

std::string cell(const ordered_json& value) {
  if (value.is_null()) return "-";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void print_queues(const ordered_json& all) {
  list_printer table{{{"QUEUE", room::whole},
                      {"READY", room::whole, side::right},
                      {"UNACKED", room::spare, side::right},
                      {"CONSUMERS", room::spare, side::right},
                      {"PAUSED", room::whole},
                      {"CONCURRENCY", room::spare, side::right},
                      {"RATE/s", room::whole, side::right},
                      {"REASON"}},
                     "No queues."};
  for (auto& q : all) {
    const bool paused = q["paused"].get<bool>();
    table.add({cell(q["queue"]), cell(q["ready"]), cell(q["unacked"]), cell(q["consumers"]),
               terminal::table_cell{paused ? "yes" : "no", paused ? terminal::tint::yellow : terminal::tint::plain},
               cell(q["concurrency"]), cell(q["rate_limit"]),
               q["reason"].is_null() ? "" : cell(q["reason"]) + " (" + cell(q["changed_by"]) + ")"});
  }
  table.end();
}

void list_queues(const queue_options& o, const config::settings& s) {
  std::vector<queue_control> controls;
  run_in_database(s, "queue list", [&](unit_of_work& work) { controls = postgres::read_queue_controls(work); });
  const auto depths = depths_from_management(s);
  const auto all = operations::to_json(s.queues, controls, depths ? *depths : depths_from_broker(s));
  o.json ? print_indented(all) : print_queues(all);
}

/// The controls of a queue without its depths, like the operator API returns.
ordered_json changed_json(const config::queue_settings& configured, const queue_control& now) {
  auto j = operations::to_json(configured, now, {});
  for (const auto* name : {"ready", "unacked", "consumers"}) j.erase(name);
  return j;
}

const config::queue_settings& settings_of(const std::string& queue, const config::settings& s, const std::string& verb) {
  for (auto* q : s.queues.all())
    if (q->name == queue) return *q;
  throw failure(misused, "queue " + verb + ": no queue '" + queue + "'; `millrace queue list` lists all queues");
}

void change(queue_options o, const config::settings& s, const std::string& verb,
            const std::function<void(queue_control&)>& edit) {
  check_audit_options("queue " + verb, o);
  auto& named = settings_of(o.queue, s, verb);
  queue_control now;
  run_in_database(s, "queue " + verb, [&](unit_of_work& work) {
    now = operations::change_queue(work, {o.queue, o.actor, o.why, "queue." + verb, edit});
  });
  if (o.json) return print_line(changed_json(named, now));
  print_line(o.queue + ": changed; every node applies it within two seconds");
}

/// Parses a limit into `out`: a number, or `none` to remove the limit. An empty text leaves `out` unchanged.
template <class Number>
void apply(const std::string& option, const std::string& text, double min, double max, std::optional<Number>& out) {
  if (text.empty()) return;
  if (text == "none") return out.reset();
  std::size_t used = 0;
  double value = -1;
  try {
    value = std::stod(text, &used);
  } catch (const std::logic_error&) {
    used = 0;
  }
  if (used != text.size() || !(value >= min && value <= max) || value != static_cast<double>(static_cast<Number>(value)))
    throw failure(misused, "queue limit: " + option + " must be a number from " + ordered_json(min).dump() + " to " +
                               ordered_json(max).dump() + ", or none");
  out = static_cast<Number>(value);
}

void limit(const queue_options& o, const config::settings& s) {
  if (o.concurrency.empty() && o.rate.empty()) throw failure(misused, "queue limit: --concurrency or --rate is required");
  const auto prefetch = settings_of(o.queue, s, "limit").prefetch;  // a node never has more in flight
  change(o, s, "limit", [&](queue_control& q) {
    apply("--concurrency", o.concurrency, 1, std::min<double>(10'000, prefetch), q.concurrency);
    apply("--rate", o.rate, 0.01, 1'000'000, q.rate_limit);
  });
}

CLI::App* add_change(CLI::App& queue, const char* name, const char* about, const std::shared_ptr<queue_options>& o) {
  auto* c = queue.add_subcommand(name, about);
  c->add_option("queue", o->queue, "name of the queue")->required();
  c->add_flag("--json", o->json, "print the new controls of the queue as a JSON object");
  add_audit_options(*c, *o);
  return c;
}

void define_queue(CLI::App& queue, const common_options& common) {
  queue.require_subcommand(1);
  queue.footer(
      "Examples:\n"
      "  millrace queue list\n"
      "  millrace queue pause webhook --why 'INC-42: endpoint down'\n"
      "  millrace queue limit webhook --rate 20 --why 'INC-42: ramping up'\n"
      "  millrace queue limit webhook --rate none --why 'INC-42: over'");
  auto o = std::make_shared<queue_options>();
  auto* l = queue.add_subcommand("list", "List queues with their depth and controls");
  l->add_flag("--json", o->json, "print a JSON array of objects");
  l->callback([o, &common] { list_queues(*o, common.load().values); });
  add_change(queue, "pause", "Stop consuming a queue; running tasks finish", o)->callback([o, &common] {
    change(*o, common.load().values, "pause", [](queue_control& q) { q.paused = true; });
  });
  add_change(queue, "resume", "Resume consuming a paused queue", o)->callback([o, &common] {
    change(*o, common.load().values, "resume", [](queue_control& q) { q.paused = false; });
  });
  auto* c = add_change(queue, "limit", "Limit the concurrency or the rate of a queue", o);
  c->add_option("--concurrency", o->concurrency,
                "concurrent side effects per node, up to the prefetch of the queue, or none for the configured value");
  c->add_option("--rate", o->rate, "deliveries per second over all nodes, or none for no limit");
  c->callback([o, &common] { limit(*o, common.load().values); });
}

const command queue_command{help_section::operations, "queue", "List, pause, resume and limit queues on all nodes",
                            define_queue};

}  // namespace

}  // namespace millrace::cli
