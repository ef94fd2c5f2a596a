#include "runtime/program/cli/dead/dead_bulk.hpp"

#include "runtime/program/cli/dead/dead_print.hpp"
#include "runtime/task/uuid.hpp"

#include <algorithm>
#include <iostream>
#include <set>
#include <thread>

namespace millrace::cli {
namespace {

constexpr std::size_t largest_batch = 200;
constexpr std::int64_t largest_batch_bytes = 4 * 1024 * 1024;
constexpr std::size_t samples = 5;
constexpr std::size_t shown_refusals = 20;

/// One batch in each second at the least, so that a low rate is steady.
std::size_t batch_size(std::uint32_t rate) {
  return rate == 0 ? largest_batch : std::clamp<std::size_t>(rate, 1, largest_batch);
}

/// As many as fit into a batch; one at least.
void cut_to_bytes(std::vector<postgres::dead_letter_place>& places) {
  std::int64_t bytes = 0;
  auto end =
      std::find_if(places.begin(), places.end(), [&bytes](auto& p) { return (bytes += p.bytes) > largest_batch_bytes; });
  if (end == places.begin() && end != places.end()) ++end;
  places.erase(end, places.end());
}

/// Prints what becomes of letters and counts it.
class report {
 public:
  report(std::string word, bool json) : done_(std::move(word)), json_(json) {}

  void add(const settled_dead_letter& l) {
    l.refusal.empty() ? ++settled_ : ++refused_;
    if (json_) return print(l);
    if (l.refusal.empty()) return;
    if (refused_ <= shown_refusals) std::cerr << l.id << ": " << terminal_text(l.refusal, 1'024, false) << '\n';
    if (refused_ == shown_refusals) std::cerr << "further refusals are only counted; --json shows all\n";
  }

  void end() const {
    if (!json_) print_line(done_ + " " + std::to_string(settled_) + ", refused " + std::to_string(refused_));
    if (refused_ > 0) throw failure(failed, "dead: letters refused: " + std::to_string(refused_));
  }

  std::size_t settled() const { return settled_; }

 private:
  void print(const settled_dead_letter& l) const {
    nlohmann::ordered_json j{{"id", l.id}, {"task_id", nullptr}, {"result", done_}, {"error", nullptr}};
    if (!l.task_id.empty()) j["task_id"] = l.task_id;
    if (!l.refusal.empty()) j["result"] = "refused", j["error"] = l.refusal;
    print_line(j);
  }

  std::string done_;
  bool json_;
  std::size_t settled_ = 0, refused_ = 0;
};

void show_what_matches(const bulk_options& o, dead_letter_session& desk, const postgres::dead_letter_filter& filter) {
  std::vector<std::pair<std::string, std::int64_t>> reasons;
  std::vector<postgres::dead_letter_record> some;
  desk.run([&](unit_of_work& work) {
    reasons = postgres::count_dead_letters(work, filter);
    some = postgres::list_dead_letters(work, filter, postgres::dead_letter_order::oldest_first, {}, samples);
  });
  std::int64_t all = 0;
  for (auto& [reason, letters] : reasons) all += letters;
  if (o.json) {
    for (auto& letter : some) print_line(to_json(letter));
    return print_line(nlohmann::ordered_json{{"matching", all}});
  }
  print_line("letters that match: " + std::to_string(all) + "; nothing was changed");
  for (auto& [reason, letters] : reasons) print_line("  " + reason + ": " + std::to_string(letters));
  if (some.empty()) return;
  print_line(std::string{"the oldest:"});
  auto shown = dead_letter_listing(filter.settled_too);
  for (auto& letter : some) shown.add(dead_letter_row(letter, filter.settled_too));
  shown.end();
}

}  // namespace

void add_bulk_options(CLI::App& c, bulk_options& o) {
  c.add_option("id", o.ids, "dead letters' ids, as `millrace dead list` shows them; or a filter, or both");
  add_filter(c, o);
  c.add_option("-n,--limit", o.limit, "settle at most that many, the oldest first (default: all)")
      ->check(CLI::Range(1u, 100'000'000u));
  c.add_flag("--dry-run", o.dry_run, "only count what matches and show some");
  add_audit_options(c, o);
}

postgres::settlement settlement_of(const bulk_options& o) {
  audit_options by = o;
  check_audit_options("dead", by);
  return {by.actor, by.why, to_string(uuid::v7(std::chrono::system_clock::now())), o.tenant};
}

std::string command_text(const bulk_options& o) {
  nlohmann::ordered_json j{{"why", o.why}};
  auto add = [&j](const char* name, const std::string& text) {
    if (!text.empty()) j[name] = text;
  };
  if (!o.ids.empty()) j["ids"] = o.ids.size();
  add("queue", o.queue);
  add("type", o.type);
  add("tenant", o.tenant);
  add("reason", o.reason);
  add("class", o.error_class);
  add("fingerprint", o.fingerprint);
  add("task", o.task);
  add("text", o.text);
  add("since", o.since);
  add("until", o.until);
  if (o.limit) j["limit"] = o.limit;
  return j.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void run_bulk(const bulk_options& o, dead_letter_session& desk, const std::string& word, const settle_batch& settle) {
  if (!o.any()) throw failure(misused, "dead: name letters by id or by a filter; all of them: --since 1970-01-01T00:00:00Z");
  auto filter = o.filter();
  filter.settled_too = !o.ids.empty();  // who names a letter is told that it is settled
  desk.run([&](unit_of_work& work) { filter.died_by = postgres::snapshot_time(work); });
  if (o.dry_run) return show_what_matches(o, desk, filter);

  report said{word, o.json};
  std::set<std::string> unseen(filter.ids.begin(), filter.ids.end());
  postgres::dead_letter_mark after;
  const auto start = std::chrono::steady_clock::now();
  for (;;) {
    const auto wanted = o.limit ? std::min(batch_size(o.rate), o.limit - said.settled()) : batch_size(o.rate);
    if (wanted == 0) break;
    std::vector<postgres::dead_letter_place> places;
    desk.run([&](unit_of_work& work) { places = postgres::find_dead_letters(work, filter, after, wanted); });
    if (places.empty()) break;
    cut_to_bytes(places);
    std::vector<std::string> ids;
    for (auto& p : places) ids.push_back(p.mark.id), unseen.erase(p.mark.id);
    std::vector<settled_dead_letter> answers;
    desk.run([&](unit_of_work& work) { answers = settle(work, ids, said.settled() == 0); });
    for (auto& a : answers) said.add(a);
    after = places.back().mark;
    if (o.rate) std::this_thread::sleep_until(start + std::chrono::milliseconds{1'000 * said.settled() / o.rate});
  }
  for (auto& id : unseen) said.add({id, {}, "there is no such dead letter, or the filter leaves it out"});
  said.end();
}

}  // namespace millrace::cli
