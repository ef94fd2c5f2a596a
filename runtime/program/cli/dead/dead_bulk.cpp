#include "runtime/program/cli/dead/dead_bulk.hpp"

#include "runtime/program/cli/dead/dead_print.hpp"
#include "runtime/task/rfc3339.hpp"
#include "runtime/task/uuid.hpp"

#include <iostream>

namespace millrace::cli {
namespace {

constexpr std::size_t shown_refusals = 20;

/// Prints the results for dead letters and counts them.
class report {
 public:
  report(operations::bulk_action action, bool json)
      : done_(action == operations::bulk_action::replay ? "replayed" : "discarded"), json_(json) {}

  void add(const std::vector<operations::settled_dead_letter>& results) {
    for (auto& r : results) add(r);
  }

  void summary(const operations::bulk_settlement& bulk, const std::string& rest) const {
    auto& out = json_ ? std::cerr : std::cout;
    out << done_ << ' ' << bulk.settled() << ", refused " << refused_ << rest << '\n';
    if (bulk.next_due() > std::chrono::system_clock::now() + std::chrono::seconds{1})
      out << "all due before " << to_rfc3339(bulk.next_due())
          << "; pass it to the next replay as --not-before to keep the rate\n";
    if (!out.flush()) throw failure(failed, "dead: cannot write to standard output");
  }

  std::size_t refused() const { return refused_; }

 private:
  void add(const operations::settled_dead_letter& r) {
    refused_ += !r.refusal.empty();
    if (json_) return print(r);
    if (r.refusal.empty()) return;
    if (refused_ <= shown_refusals) std::cerr << r.id << ": " << terminal::terminal_text(r.refusal, 1'024, false) << '\n';
    if (refused_ == shown_refusals) std::cerr << "further refusals are only counted; --json shows all\n";
  }

  void print(const operations::settled_dead_letter& r) const {
    nlohmann::ordered_json j{{"id", r.id}, {"task_id", nullptr}, {"result", done_}, {"error", nullptr}};
    if (!r.task_id.empty()) j["task_id"] = r.task_id;
    if (!r.refusal.empty()) j["result"] = "refused", j["error"] = r.refusal;
    print_line(j);
  }

  std::string done_;
  bool json_;
  std::size_t refused_ = 0;
};

void show_preview(const bulk_options& o, dead_letter_session& session, const postgres::dead_letter_filter& filter) {
  operations::bulk_preview found;
  session.run([&](unit_of_work& work) { found = operations::preview(work, filter); });
  if (o.json) {
    for (auto& dead_letter : found.oldest) print_line(to_json(dead_letter));
    return print_line(nlohmann::ordered_json{{"matching", found.matching}});
  }
  print_line("matching dead letters: " + std::to_string(found.matching) + "; no changes were made");
  for (auto& [reason, dead_letters] : found.by_reason) print_line("  " + reason + ": " + std::to_string(dead_letters));
  if (found.oldest.empty()) return;
  print_line(std::string{"the oldest:"});
  auto shown = dead_letter_listing(filter.settled_too);
  for (auto& dead_letter : found.oldest) shown.add(dead_letter_row(dead_letter, filter.settled_too));
  shown.end();
}

}  // namespace

void add_bulk_options(CLI::App& c, bulk_options& o, std::size_t largest_limit) {
  c.add_option("id", o.ids, "ids of dead letters, as shown by `millrace dead list`; alternative or addition to a filter");
  add_filter(c, o);
  c.add_option("-n,--limit", o.limit,
               "maximum number of dead letters, oldest first (default: " +
                   (o.limit == no_limit ? "all" : std::to_string(o.limit)) + ")")
      ->check(CLI::Range(std::size_t{1}, largest_limit));
  c.add_flag("--dry-run", o.dry_run, "count the matching dead letters and show some, without changes");
  add_audit_options(c, o);
}

postgres::settlement settlement_of(const bulk_options& o) {
  audit_options by = o;
  check_audit_options("dead", by);
  return {by.actor, by.why, to_string(uuid::v7(std::chrono::system_clock::now())), o.tenant};
}

std::string command_text(const bulk_options& o) {
  nlohmann::ordered_json j{{"reason", o.why}};
  auto add = [&j](const char* name, const std::string& text) {
    if (!text.empty()) j[name] = text;
  };
  if (!o.ids.empty()) j["ids"] = o.ids.size();
  add("queue", o.queue);
  add("type", o.type);
  add("tenant", o.tenant);
  add("dead_reason", o.reason);
  add("class", o.error_class);
  add("fingerprint", o.fingerprint);
  add("task", o.task);
  add("text", o.text);
  add("since", o.since);
  add("until", o.until);
  if (o.limit != no_limit) j["limit"] = o.limit;
  return j.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void run_bulk(const bulk_options& o, dead_letter_session& session, operations::bulk_action action,
              const operations::replay_order& details) {
  if (!o.any())
    throw failure(misused, "dead: name dead letters by id or by a filter; for all: --since 1970-01-01T00:00:00Z");
  auto filter = o.filter();
  if (o.dry_run) {
    filter.settled_too = details.again;
    return show_preview(o, session, filter);
  }
  report results{action, o.json};
  operations::bulk_settlement bulk{{action, filter, o.limit, details}, [&](auto& work) { session.run(work); }};
  std::string interrupted = "; stopped early";
  try {
    for (auto some = bulk.step(); !some.empty(); some = bulk.step()) results.add(some);
    interrupted = "; the remaining ones could not be counted";
    results.add(bulk.finish());
    results.summary(bulk, ", remaining " + std::to_string(bulk.remaining()));
  } catch (const failure&) {
    results.summary(bulk, interrupted);
    throw;
  }
  if (results.refused() > 0) throw failure(failed, "dead: dead letters refused: " + std::to_string(results.refused()));
}

}  // namespace millrace::cli
