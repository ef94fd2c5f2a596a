#include "actors/operations/retry_task.hpp"

#include "connectors/postgres/dead_letter/dead_letter_query.hpp"
#include "runtime/task/outcome.hpp"
#include "runtime/task/task_identity.hpp"

#include <algorithm>

namespace millrace {
namespace {

using postgres::dead_letter_record;

constexpr std::size_t page = 100;

/// The newest that is of the task itself, and not of another message that came under its id.
std::vector<dead_letter_record> newest(unit_of_work& work, const postgres::dead_letter_filter& filter) {
  postgres::dead_letter_mark after;
  for (;;) {
    const auto some = postgres::list_dead_letters(work, filter, postgres::dead_letter_order::newest_first, after, page);
    const auto own = std::ranges::find_if(some, [](auto& l) { return l.reason != to_string(dead_reason::id_conflict); });
    if (own != some.end()) return {*own};
    if (some.size() < page) return {};
    after = {some.back().died_at, some.back().id};
  }
}

/// The latest open one, or the one that this very order has settled: a COMMIT in doubt had happened then.
std::vector<dead_letter_record> dead_letter_of(unit_of_work& work, const retry_order& order) {
  const auto id = uuid::parse(order.id);
  postgres::dead_letter_filter filter;
  filter.tenant = order.tenant;
  filter.task_id = to_string(id ? *id : id_of_text(order.tenant, order.id));
  auto found = newest(work, filter);
  if (!found.empty()) return found;
  filter.settled_too = true;
  found = newest(work, filter);
  if (!found.empty() && found[0].run_id != order.by.run_id) found.clear();
  return found;
}

}  // namespace

settled_dead_letter retry_task(unit_of_work& work, const config::settings& s, const retry_order& order) {
  const auto letters = dead_letter_of(work, order);
  if (letters.empty()) return {{}, {}, "it has no open dead letter: only a task that died is tried again"};
  replay_order replay;
  replay.by = order.by;
  replay.command = order.command;
  replay.now = std::chrono::system_clock::now();
  for (auto* q : s.queues.all())
    if (q != &s.queues.dead_letter) replay.queues.insert(q->name);
  return replay_batch(work, std::vector{letters[0].id}, replay, true).front();
}

}  // namespace millrace
