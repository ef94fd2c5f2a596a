#include "actors/delivery/topology.hpp"
#include "actors/node/connector_options.hpp"
#include "actors/operations/queue_change.hpp"
#include "actors/operations/queue_view.hpp"
#include "runtime/program/cli/audit_options.hpp"
#include "runtime/program/cli/broker_session.hpp"
#include "runtime/program/cli/database_session.hpp"
#include "runtime/program/cli/list_printer.hpp"
#include "runtime/supervision/event_loop.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iostream>
#include <memory>

namespace millrace::cli {
namespace {

using nlohmann::ordered_json;
using postgres::queue_control;

struct queue_options : audit_options {
  std::string queue, concurrency, rate;
  bool json = false;
};

/// By the broker's management, if one is configured and answers.
std::optional<queue_depths> told_by_management(const config::settings& s) {
  if (s.amqp.management_url.empty()) return std::nullopt;
  event_loop loop;
  std::unique_ptr<http::client> client;
  loop.run_and_wait([&] {
    client = http::make_client(
        loop.uv(), [&loop](std::function<void()> job) { loop.post(std::move(job)); }, management_options(s));
  });
  auto told = ask_depths(*client, s.amqp);
  loop.run_and_wait([&] { client.reset(); });
  if (told) return *std::move(told);
  std::cerr << "queue list: the broker's management does not tell: " << told.error() << '\n';
  return std::nullopt;
}

/// Over AMQP, which tells what is ready and no more.
queue_depths told_by_broker(const config::settings& s) {
  broker_session visit{amqp_options(s, "millrace queue"), make_topology(s), std::chrono::milliseconds{5'000}};
  if (visit.error()) std::cerr << "queue list: the broker cannot be asked for depths: " << *visit.error() << '\n';
  queue_depths all;
  if (!visit.error())
    for (auto& [queue, ready] : visit.depths()) all[queue].ready = ready;
  return all;
}

std::string cell(const ordered_json& value) {
  if (value.is_null()) return "-";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void print_queues(const ordered_json& all) {
  list_printer shown{{{"QUEUE", room::whole},
                      {"READY", room::whole, side::right},
                      {"UNACKED", room::spare, side::right},
                      {"CONSUMERS", room::spare, side::right},
                      {"PAUSED", room::whole},
                      {"CONCURRENCY", room::spare, side::right},
                      {"RATE/s", room::whole, side::right},
                      {"WHY"}},
                     "No queues."};
  for (auto& q : all) {
    const bool paused = q["paused"].get<bool>();
    shown.add({cell(q["queue"]), cell(q["ready"]), cell(q["unacked"]), cell(q["consumers"]),
               table_cell{paused ? "yes" : "no", paused ? tint::yellow : tint::plain}, cell(q["concurrency"]),
               cell(q["rate_limit"]), q["reason"].is_null() ? "" : cell(q["reason"]) + " (" + cell(q["changed_by"]) + ")"});
  }
  shown.end();
}

void list_queues(const queue_options& o, const config::settings& s) {
  std::vector<queue_control> set;
  run_in_database(s, "queue list", [&](unit_of_work& work) { set = postgres::read_queue_controls(work); });
  const auto told = told_by_management(s);
  const auto all = to_json(s.queues, set, told ? *told : told_by_broker(s));
  o.json ? print_indented(all) : print_queues(all);
}

/// As the operator API answers: nothing of what the broker holds.
ordered_json changed_json(const config::queue_settings& configured, const queue_control& now) {
  auto j = to_json(configured, now, {});
  for (const auto* name : {"ready", "unacked", "consumers"}) j.erase(name);
  return j;
}

const config::queue_settings& settings_of(const std::string& queue, const config::settings& s, const std::string& verb) {
  for (auto* q : s.queues.all())
    if (q->name == queue) return *q;
  throw failure(misused, "queue " + verb + ": no queue '" + queue + "'; `millrace queue list` shows all");
}

void change(queue_options o, const config::settings& s, const std::string& verb,
            const std::function<void(queue_control&)>& edit) {
  check_audit_options("queue " + verb, o);
  auto& named = settings_of(o.queue, s, verb);
  queue_control now;
  run_in_database(s, "queue " + verb, [&](unit_of_work& work) {
    now = change_queue(work, {o.queue, o.actor, o.why, "queue." + verb, edit});
  });
  if (o.json) return print_line(changed_json(named, now));
  print_line(o.queue + ": done; every node applies it within two seconds");
}

/// A number, or `none` that takes the limit away; not given: as it is.
template <class Number>
void apply(const std::string& option, const std::string& text, double least, double most, std::optional<Number>& out) {
  if (text.empty()) return;
  if (text == "none") return out.reset();
  std::size_t used = 0;
  double value = -1;
  try {
    value = std::stod(text, &used);
  } catch (const std::logic_error&) {
    used = 0;
  }
  if (used != text.size() || !(value >= least && value <= most) || value != static_cast<double>(static_cast<Number>(value)))
    throw failure(misused, "queue limit: " + option + " takes a number from " + ordered_json(least).dump() + " to " +
                               ordered_json(most).dump() + ", or none");
  out = static_cast<Number>(value);
}

void limit(const queue_options& o, const config::settings& s) {
  if (o.concurrency.empty() && o.rate.empty()) throw failure(misused, "queue limit: give --concurrency, --rate or both");
  const auto prefetch = settings_of(o.queue, s, "limit").prefetch;  // more are never in hand
  change(o, s, "limit", [&](queue_control& q) {
    apply("--concurrency", o.concurrency, 1, std::min<double>(10'000, prefetch), q.concurrency);
    apply("--rate", o.rate, 0.01, 1'000'000, q.rate_limit);
  });
}

CLI::App* add_change(CLI::App& queue, const char* name, const char* about, const std::shared_ptr<queue_options>& o) {
  auto* c = queue.add_subcommand(name, about);
  c->add_option("queue", o->queue, "name of the queue")->required();
  c->add_flag("--json", o->json, "JSON: an object, what is set for it now");
  add_audit_options(*c, *o);
  return c;
}

}  // namespace

void add_queue(CLI::App& app, const common_options& common) {
  auto* queue = app.add_subcommand("queue", "Look at the queues; pause, resume or limit them on every node");
  queue->require_subcommand(1);
  queue->footer(
      "Examples:\n"
      "  millrace queue list\n"
      "  millrace queue pause webhook --why 'INC-42: sink is down'\n"
      "  millrace queue limit webhook --rate 20 --why 'INC-42: gently'\n"
      "  millrace queue limit webhook --rate none --why 'INC-42: over'");
  auto o = std::make_shared<queue_options>();
  auto* l = queue->add_subcommand("list", "Print what waits in each queue and what is set for it");
  l->add_flag("--json", o->json, "JSON: an array of objects");
  l->callback([o, &common] { list_queues(*o, common.load().values); });
  add_change(*queue, "pause", "Take nothing more from a queue; what is under way is finished", o)->callback([o, &common] {
    change(*o, common.load().values, "pause", [](queue_control& q) { q.paused = true; });
  });
  add_change(*queue, "resume", "Take from a paused queue again", o)->callback([o, &common] {
    change(*o, common.load().values, "resume", [](queue_control& q) { q.paused = false; });
  });
  auto* c = add_change(*queue, "limit", "Set how many effects run at once, or how many deliveries are taken a second", o);
  c->add_option("--concurrency", o->concurrency,
                "effects at once on each node, up to the queue's prefetch, or none: as configured");
  c->add_option("--rate", o->rate, "deliveries a second over all nodes, or none");
  c->callback([o, &common] { limit(*o, common.load().values); });
}

}  // namespace millrace::cli
