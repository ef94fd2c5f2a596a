#include "runtime/payload/payload.hpp"
#include "runtime/program/cli/dead/dead_bulk.hpp"
#include "runtime/task/rfc3339.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>

namespace millrace::cli {
namespace {

struct replay_options : bulk_options {
  std::string rate = "100/s", not_before, edit, to;
  bool again = false;
};

std::uint32_t parse_rate(const std::string& text) {
  constexpr std::uint32_t most = 10'000;
  std::uint32_t rate = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
  std::string_view unit{static_cast<const char*>(end), static_cast<std::size_t>(text.data() + text.size() - end)};
  if (error != std::errc{} || (!unit.empty() && unit != "/s") || rate < 1 || rate > most)
    throw failure(misused, "dead replay: --rate takes dead letters per second from 1 to 10000, e.g. 100/s");
  return rate;
}

std::string read_text(const std::string& source) {
  if (!source.starts_with('@')) return source;
  std::ifstream file{source.substr(1), std::ios::binary};
  if (!file) throw failure(misused, "dead replay: --edit: cannot read " + source.substr(1));
  return {std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
}

/// The new payload, in the dead letter's content type. For msgpack, JSON is converted.
std::string edited_payload(const replay_options& o, const config::settings& s, dead_letter_session& session) {
  if (o.ids.size() != 1) throw failure(misused, "dead replay: --edit requires exactly one dead letter, named by its id");
  auto body = read_text(o.edit);
  std::optional<postgres::dead_letter_record> dead_letter;
  auto id = o.filter().ids[0];
  session.run([&](unit_of_work& work) { dead_letter = postgres::read_dead_letter(work, id); });
  if (!dead_letter) throw failure(failed, "dead replay: no dead letter " + id);
  auto content = dead_letter->content_type == "application/msgpack" ? content_type::msgpack : content_type::json;
  if (content == content_type::msgpack && !check_payload(content_type::json, body)) {
    auto packed = nlohmann::json::to_msgpack(nlohmann::json::parse(body));
    body.assign(packed.begin(), packed.end());
  }
  if (auto wrong = check_payload(content, body))
    throw failure(misused, "dead replay: --edit: the payload is not " + dead_letter->content_type + ": " + *wrong);
  if (body.size() > s.amqp.max_body_bytes)
    throw failure(misused, "dead replay: --edit: the payload is larger than amqp.max_body_bytes");
  return body;
}

wall_time parse_not_before(const std::string& text) {
  const auto now = std::chrono::system_clock::now();
  if (text.empty()) return now;
  const auto time = parse_rfc3339(text);
  if (!time) throw failure(misused, "dead replay: --not-before takes a time with an offset, e.g. 2026-11-21T09:30:00Z");
  return std::max(now, *time);
}

std::string described(const replay_options& o) {
  auto j = nlohmann::ordered_json::parse(command_text(o));
  j["rate"] = parse_rate(o.rate);
  if (!o.not_before.empty()) j["not_before"] = o.not_before;
  if (o.again) j["again"] = true;
  if (!o.edit.empty()) j["edited"] = true;
  if (!o.to.empty()) j["to"] = o.to;
  return j.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void replay(const replay_options& o, const config::settings& s) {
  if (o.again && o.ids.empty()) throw failure(misused, "dead replay: --again requires ids of dead letters");
  operations::replay_order order;
  order.interval = std::chrono::microseconds{1'000'000 / parse_rate(o.rate)};
  order.first_due = parse_not_before(o.not_before);
  order.again = o.again;
  order.to_queue = o.to;
  order.queues = operations::task_queues(s);
  if (!o.to.empty() && !order.queues.contains(o.to))
    throw failure(misused, "dead replay: --to: '" + o.to + "' is not a task queue of this configuration");
  dead_letter_session session{s};
  if (!o.edit.empty()) order.edit = edited_payload(o, s, session);
  if (!o.dry_run) {
    order.by = settlement_of(o);
    order.command = described(o);
  }
  run_bulk(o, session, operations::bulk_action::replay, order);
}

}  // namespace

void add_dead_replay(CLI::App& dead, const common_options& common) {
  auto o = std::make_shared<replay_options>();
  auto* c = dead.add_subcommand("replay", "Replay dead letters: their tasks run again, with all attempts");
  o->limit = operations::default_replay_limit;
  add_bulk_options(*c, *o, 1'000'000);
  c->add_option("--rate", o->rate, "dead letters per second; sets the due times of their tasks")->capture_default_str();
  c->add_option("--not-before", o->not_before, "due time of the first, e.g. 2026-11-21T09:30:00Z (default: now)");
  c->add_option("--edit", o->edit,
                "new payload, or @file, for a single dead letter; JSON is converted if the original is msgpack");
  c->add_option("--to", o->to, "send the tasks to this queue instead of the original one");
  c->add_flag("--again", o->again, "include dead letters that were replayed or discarded before; their tasks must be dead");
  c->footer(
      "The command schedules all tasks immediately, spread over time at --rate, and prints how many dead letters remain.\n"
      "A dead letter is replayed once. Dead letters that die after the start are left out. After an interruption, run the\n"
      "same command again to replay the rest. Exits with 1 if dead letters were refused (reasons on standard error).\n"
      "Examples:\n"
      "  millrace dead replay 5b0c2f1e-0d6f-5c1a-9c3e-2b7a6d1f4e90 --why 'address corrected' --edit @body.json\n"
      "  millrace dead replay --queue webhook --reason rejected --since 2h --dry-run\n"
      "  millrace dead replay --queue webhook --reason rejected --since 2h --rate 20/s --why 'INC-42: endpoint recovered'");
  c->callback([o, &common] { replay(*o, common.load().values); });
}

}  // namespace millrace::cli
