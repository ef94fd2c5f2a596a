// Replaying and discarding. The pace of a replay is the due times of its outbox rows, so that nobody has to wait for it, and
// a node that dies has nothing to resume (docs/adr/0011).
#include "runtime/payload/payload.hpp"
#include "runtime/program/api/routes/dead_letter_parameters.hpp"
#include "runtime/task/rfc3339.hpp"

#include <algorithm>
#include <functional>

namespace millrace::api {
namespace {

using nlohmann::ordered_json;
using std::chrono::microseconds;
using std::chrono::steady_clock;

constexpr std::size_t batch = 200;
constexpr std::int64_t batch_bytes = 4 * 1024 * 1024;
constexpr std::chrono::seconds longest{20};  // of one request; what is left is told
constexpr std::size_t shown_refusals = 100, samples = 5;

postgres::settlement settlement_of(const call& c) {
  return {c.who.name, c.args.text("reason"), to_string(uuid::v7(std::chrono::system_clock::now())), c.tenant()};
}

std::set<std::string> consumed_queues(const config::settings& s) {
  std::set<std::string> names;
  for (auto* q : s.queues.all())
    if (q != &s.queues.dead_letter) names.insert(q->name);
  return names;
}

replay_order order_of(const call& c) {
  replay_order order;
  order.by = settlement_of(c);
  order.command = c.args.json().dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  order.again = c.args.flag("again");
  order.to_queue = c.args.text("to");
  order.queues = consumed_queues(c.shared.settings);
  if (!order.to_queue.empty() && !order.queues.contains(order.to_queue))
    throw problem{problem_kind::invalid_request, "to names no queue of tasks", {{"to", "is no queue of tasks"}}};
  order.now = std::chrono::system_clock::now();
  return order;
}

std::int64_t count(unit_of_work& work, const postgres::dead_letter_filter& filter) {
  std::int64_t all = 0;
  for (auto& [why, letters] : postgres::count_dead_letters(work, filter)) all += letters;
  return all;
}

answer preview(call& c, const postgres::dead_letter_filter& filter, std::string left_out) {
  answer a{200,
           {{"dry_run", true}, {"matching", 0}, {"dead_reasons", ordered_json::object()}, {"oldest", ordered_json::array()}},
           {},
           std::move(left_out)};
  c.database.run([&](unit_of_work& work) {
    std::int64_t all = 0;
    a.body["dead_reasons"] = ordered_json::object();
    for (auto& [why, letters] : postgres::count_dead_letters(work, filter))
      a.body["dead_reasons"][why] = letters, all += letters;
    a.body["matching"] = all;
    a.body["oldest"] = ordered_json::array();
    for (auto& l : postgres::list_dead_letters(work, filter, postgres::dead_letter_order::oldest_first, {}, samples))
      a.body["oldest"].push_back(to_json(l));
  });
  return a;
}

/// Letters of other tenants are as good as not there; who names them is on record all the same.
std::string denied(unit_of_work& work, const call& c, const std::vector<std::string>& ids) {
  if (c.who.tenant.empty() || ids.empty()) return {};
  const auto others = postgres::dead_letters_of_others(work, ids, c.who.tenant);
  if (others.empty()) return {};
  return std::to_string(others.size()) + " of the dead letters named, " + others.front() +
         " the first, are another tenant's";
}

/// As many as fit into a batch by their bytes; one at least.
std::vector<std::string> ids_of(std::vector<postgres::dead_letter_place>& places) {
  std::int64_t bytes = 0;
  auto end = std::ranges::find_if(places, [&bytes](auto& p) { return (bytes += p.bytes) > batch_bytes; });
  if (end == places.begin() && end != places.end()) ++end;
  places.erase(end, places.end());
  std::vector<std::string> ids;
  for (auto& p : places) ids.push_back(p.mark.id);
  return ids;
}

/// What a bulk request has done so far.
struct tally {
  std::size_t settled = 0, refused = 0;
  ordered_json refusals = ordered_json::array();

  void add(const settled_dead_letter& one) {
    if (one.refusal.empty()) {
      ++settled;
    } else if (++refused <= shown_refusals) {
      refusals.push_back({{"id", one.id}, {"reason", one.refusal}});
    }
  }
};

/// `settled` is how many were settled before.
using settle =
    std::function<std::vector<settled_dead_letter>(unit_of_work&, const std::vector<std::string>&, std::size_t settled)>;

/// Batch by batch, a transaction each, so that those so far stand whatever stops it.
void settle_batches(call& c, const postgres::dead_letter_filter& filter, const settle& some, tally& done) {
  const auto most = static_cast<std::size_t>(c.args.integer("limit", 10'000));
  const auto end = steady_clock::now() + longest;
  std::set<std::string> unseen{filter.ids.begin(), filter.ids.end()};
  postgres::dead_letter_mark after;
  bool more = true;
  while (more && done.settled < most && steady_clock::now() < end) {
    std::vector<settled_dead_letter> answers;
    c.database.run([&](unit_of_work& work) {
      auto places = postgres::find_dead_letters(work, filter, after, std::min(batch, most - done.settled));
      more = !places.empty();
      if (!more) return;
      const auto ids = ids_of(places);
      answers = some(work, ids, done.settled);
      after = places.back().mark;
    });
    for (auto& one : answers) unseen.erase(one.id), done.add(one);
  }
  if (more && !unseen.empty())
    c.database.run([&](unit_of_work& work) { more = !postgres::find_dead_letters(work, filter, after, 1).empty(); });
  if (more) return;
  for (auto& id : unseen) done.add({id, {}, "there is no such dead letter, or the filter leaves it out"});
}

answer sweep(call& c, const std::string& run_id, const settle& some) {
  if (!narrows(c.args)) throw problem{problem_kind::invalid_request, "name letters by id or by a filter"};
  auto filter = dead_letter_filter(c);
  std::string left_out;
  c.database.run([&](unit_of_work& work) {
    filter.died_by = postgres::snapshot_time(work);
    left_out = denied(work, c, filter.ids);
  });
  if (c.args.flag("dry_run")) return preview(c, filter, left_out);
  tally done;
  ordered_json remaining, stopped;
  try {
    auto wanted = filter;
    wanted.settled_too = c.args.has("ids");  // who names a letter is told that it is settled
    settle_batches(c, wanted, some, done);
    c.database.run([&](unit_of_work& work) { remaining = count(work, filter); });
  } catch (const problem& p) {
    if (done.settled + done.refused == 0) throw;
    stopped = std::string{"after that the database failed: "} + p.what();  // what was done is told all the same
  }
  return {200,
          {{"run_id", run_id},
           {"settled", done.settled},
           {"refused", done.refused},
           {"refusals", done.refusals},
           {"remaining", remaining},
           {"stopped", stopped}},
          {},
          left_out};
}

std::string edited(const call& c, const postgres::dead_letter_record& letter) {
  const auto text = c.args.json()["payload"].dump();
  if (letter.content_type != "application/msgpack") return text;
  const auto packed = nlohmann::json::to_msgpack(c.args.json()["payload"]);
  return {packed.begin(), packed.end()};
}

}  // namespace

answer replay_dead_letters(call& c) {
  auto order = order_of(c);
  order.apart = microseconds{static_cast<std::int64_t>(1e6 / c.args.number("rate", 100))};
  const wall_time asked{microseconds{c.args.timestamp_us("not_before").value_or(0)}};
  const auto began = std::max(order.now, asked);
  std::size_t slots = 0;  // given away, if only perhaps: a COMMIT in doubt may have happened
  auto a = sweep(c, order.by.run_id, [&](unit_of_work& work, const std::vector<std::string>& ids, std::size_t settled) {
    order.now = began + order.apart * settled;
    slots = settled + ids.size();
    return replay_batch(work, ids, order, settled == 0);
  });
  if (!a.body.contains("settled")) return a;
  if (a.body["stopped"].is_null()) slots = a.body["settled"];
  a.body["next_at"] = to_rfc3339(began + order.apart * slots);
  return a;
}

answer discard_dead_letters(call& c) {
  const auto by = settlement_of(c);
  const auto command = c.args.json().dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return sweep(c, by.run_id, [&](unit_of_work& work, const std::vector<std::string>& ids, std::size_t settled) {
    return discard_batch(work, ids, by, command, settled == 0);
  });
}

answer replay_dead_letter(call& c) {
  auto order = order_of(c);
  const auto id = c.args.text("id");
  std::vector<settled_dead_letter> answers;
  c.database.run([&](unit_of_work& work) {
    const auto letter = named_dead_letter(work, c);
    if (c.args.json().contains("payload")) order.edit = edited(c, letter);
    answers = replay_batch(work, std::vector{id}, order, true);
  });
  if (!answers.front().refusal.empty()) throw problem{problem_kind::conflict, answers.front().refusal};
  return {200, {{"run_id", order.by.run_id}, {"id", id}, {"task_id", answers.front().task_id}}};
}

}  // namespace millrace::api
