#include "actors/retry_task.hpp"

#include "connectors/postgres/dead_letter_query.hpp"
#include "runtime/task_identity.hpp"

namespace millrace {
namespace {

using postgres::dead_letter_record;

/// The latest open one, or the one that this very order has settled: a COMMIT in doubt had happened then.
std::vector<dead_letter_record> letter_of(unit_of_work& work, const retry_order& order) {
  const auto id = uuid::parse(order.id);
  postgres::dead_letter_filter filter;
  filter.tenant = order.tenant;
  filter.task_id = to_string(id ? *id : id_of_text(order.tenant, order.id));
  auto newest = [&] { return postgres::list_dead_letters(work, filter, postgres::letter_order::newest_first, {}, 1); };
  auto found = newest();
  if (!found.empty()) return found;
  filter.settled_too = true;
  found = newest();
  if (!found.empty() && found[0].run_id != order.by.run_id) found.clear();
  return found;
}

}  // namespace

settled_letter retry_task(unit_of_work& work, const config::settings& s, const retry_order& order) {
  const auto letters = letter_of(work, order);
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
