#include "connectors/postgres/task/inbox_batch.hpp"
#include "connectors/postgres/task/task_store.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace millrace::postgres {

namespace {

// All statements lock keys in this order, so that concurrent calls cannot deadlock.
row_places sorted_by_key(std::span<const inbox_row> rows) {
  row_places order(rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](auto a, auto b) { return std::tie(rows[a].id, rows[a].tenant) < std::tie(rows[b].id, rows[b].tenant); });
  return order;
}

inbox_answer first_answer(const inbox_row& row) {
  return {.verdict = inbox_verdict::fresh, .attempt = is_executed(row.state) ? 1U : 0U, .claim = 1};
}

/// Answers those of `order` that have a row; returns the positions of the others.
row_places claim_known(unit_of_work& work, std::span<const inbox_row> rows, const row_places& order,
                       const accepting_node& node, std::vector<inbox_answer>& answers) {
  row_places missing;
  std::vector<inbox_change> changes;
  const auto known = lock_known(work, rows, order, node);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto place = order[i];
    if (!known[i]) {
      missing.push_back(place);
      continue;
    }
    const auto decision = decide(*known[i], rows[place].generation, rows[place].state, rows[place].claimed_before);
    answers[place] = decision.answer;
    if (decision.writes) changes.push_back({place, decision});
  }
  if (!changes.empty()) write_changes(work, rows, changes, node.identity);
  return missing;
}

}  // namespace

std::vector<inbox_answer> accept(unit_of_work& work, std::span<const inbox_row> rows, const accepting_node& node) {
  std::vector<inbox_answer> answers;
  answers.reserve(rows.size());
  for (const auto& row : rows) answers.push_back(first_answer(row));

  auto open = sorted_by_key(rows);
  // A row that prevented an insert may have been deleted by retention when it is read; the delivery is a new task then.
  for (int round = 0; !open.empty() && round < 3; ++round) {
    open = insert_new(work, rows, open, node);
    if (open.empty()) break;
    open = claim_known(work, rows, open, node, answers);
  }
  if (!open.empty()) throw pqxx::serialization_failure("tasks appear and vanish while they are being accepted");
  return answers;
}

}  // namespace millrace::postgres
