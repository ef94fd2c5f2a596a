#include "actors/operations/retry_task.hpp"

#include "connectors/postgres/dead_letter/dead_letter_query.hpp"
#include "runtime/task/outcome.hpp"
#include "runtime/task/task_identity.hpp"

#include <algorithm>

namespace millrace::operations {
namespace {

using postgres::dead_letter_record;

constexpr std::size_t page = 100;

/// The newest dead letter of the task itself, as opposed to another message with the same id.
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

/// The latest open dead letter, or the one that this order has settled: the transaction is repeated after a COMMIT in doubt.
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
  const auto found = dead_letter_of(work, order);
  if (found.empty()) return {{}, {}, "it has no open dead letter: only a task that died is tried again"};
  replay_order replay;
  replay.by = order.by;
  replay.command = order.command;
  replay.first_due = std::chrono::system_clock::now();
  replay.queues = task_queues(s);
  return replay_batch(work, std::vector{found[0].id}, replay, true).front();
}

}  // namespace millrace::operations
