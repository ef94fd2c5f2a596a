#include "runtime/payload/payload.hpp"
#include "runtime/program/cli/dead/dead_bulk.hpp"

#include <nlohmann/json.hpp>

#include <charconv>
#include <fstream>
#include <iterator>

namespace millrace::cli {
namespace {

struct replay_options : bulk_options {
  std::string rate_text = "100/s", edit, to;
  bool again = false;
};

std::uint32_t parse_rate(const std::string& text) {
  constexpr std::uint32_t most = 10'000;
  std::uint32_t rate = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
  std::string_view unit{static_cast<const char*>(end), static_cast<std::size_t>(text.data() + text.size() - end)};
  if (error != std::errc{} || (!unit.empty() && unit != "/s") || rate < 1 || rate > most)
    throw failure(misused, "dead replay: --rate takes letters a second from 1 to 10000, e.g. 100/s");
  return rate;
}

std::string read_text(const std::string& source) {
  if (!source.starts_with('@')) return source;
  std::ifstream file{source.substr(1), std::ios::binary};
  if (!file) throw failure(misused, "dead replay: --edit: cannot read " + source.substr(1));
  return {std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
}

/// The payload that goes out instead, in the letter's own content type. JSON is converted where the letter is msgpack.
std::string edited_payload(const replay_options& o, const config::settings& s, dead_letter_session& desk) {
  if (o.ids.size() != 1) throw failure(misused, "dead replay: --edit is for exactly one letter, named by its id");
  auto body = read_text(o.edit);
  std::optional<postgres::dead_letter_record> letter;
  auto id = o.filter().ids[0];
  desk.run([&](unit_of_work& work) { letter = postgres::read_dead_letter(work, id); });
  if (!letter) throw failure(failed, "dead replay: there is no dead letter " + id);
  auto content = letter->content_type == "application/msgpack" ? content_type::msgpack : content_type::json;
  if (content == content_type::msgpack && !check_payload(content_type::json, body)) {
    auto packed = nlohmann::json::to_msgpack(nlohmann::json::parse(body));
    body.assign(packed.begin(), packed.end());
  }
  if (auto wrong = check_payload(content, body))
    throw failure(misused, "dead replay: --edit: the payload is not " + letter->content_type + ": " + *wrong);
  if (body.size() > s.amqp.max_body_bytes)
    throw failure(misused, "dead replay: --edit: the payload is larger than amqp.max_body_bytes");
  return body;
}

std::set<std::string> consumed_queues(const config::settings& s) {
  std::set<std::string> names;
  for (auto* q : s.queues.all())
    if (q != &s.queues.dead_letter) names.insert(q->name);
  return names;
}

std::string described(const replay_options& o) {
  auto j = nlohmann::ordered_json::parse(command_text(o));
  j["rate"] = o.rate;
  if (o.again) j["again"] = true;
  if (!o.edit.empty()) j["edited"] = true;
  if (!o.to.empty()) j["to"] = o.to;
  return j.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void replay(replay_options o, const config::settings& s) {
  o.rate = parse_rate(o.rate_text);
  if (o.again && o.ids.empty()) throw failure(misused, "dead replay: --again is for letters named by their ids");
  replay_order order;
  order.again = o.again;
  order.to_queue = o.to;
  order.queues = consumed_queues(s);
  if (!o.to.empty() && !order.queues.contains(o.to))
    throw failure(misused, "dead replay: --to: '" + o.to + "' is no queue of tasks in this configuration");
  dead_letter_session desk{s};
  if (!o.edit.empty()) order.edit = edited_payload(o, s, desk);
  if (!o.dry_run) {
    order.by = settlement_of(o);
    order.command = described(o);
  }
  run_bulk(o, desk, "replayed", [&order](unit_of_work& work, const std::vector<std::string>& ids, bool first) {
    order.now = std::chrono::system_clock::now();
    return replay_batch(work, ids, order, first);
  });
}

}  // namespace

void add_dead_replay(CLI::App& dead, const common_options& common) {
  auto o = std::make_shared<replay_options>();
  auto* c = dead.add_subcommand("replay", "Give dead letters' tasks another chance, with all their attempts");
  add_bulk_options(*c, *o);
  c->add_option("--rate", o->rate_text, "letters a second at most")->capture_default_str();
  c->add_option("--edit", o->edit,
                "payload, or @file, in place of the one letter's; JSON is converted where it was msgpack");
  c->add_option("--to", o->to, "send them to this queue rather than the one they came by");
  c->add_flag("--again", o->again, "letters that were replayed or discarded before, too; their tasks must be dead");
  c->footer(
      "A letter is replayed once. Letters that die after the start are left out. When interrupted, run the same command\n"
      "again: it goes on with what is left. Exit code 1 if letters were refused; the reasons are on standard error.\n"
      "Examples:\n"
      "  millrace dead replay 5b0c2f1e-0d6f-5c1a-9c3e-2b7a6d1f4e90 --why 'address corrected' --edit @body.json\n"
      "  millrace dead replay --queue webhook --reason rejected --since 2h --dry-run\n"
      "  millrace dead replay --queue webhook --reason rejected --since 2h --rate 20/s --why 'INC-42: sink is back'");
  c->callback([o, &common] { replay(*o, common.load().values); });
}

}  // namespace millrace::cli
