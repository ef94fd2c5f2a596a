#pragma once

#include "connectors/postgres/task/inbox_decision.hpp"
#include "connectors/postgres/task/task_store.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

/// The three statements of `accept`. `order` has positions in `rows`, sorted by (id, tenant): keys are locked in that order.
namespace millrace::postgres {

using row_places = std::vector<std::size_t>;

/// Inserts the rows whose key is new; returns the positions of the others, in order. Waits for a concurrent transaction that
/// inserts one of the keys.
row_places insert_new(unit_of_work& work, std::span<const inbox_row> rows, const row_places& order,
                      const accepting_node& node);

/// Locks and reads the rows that exist; nothing for missing ones. Checks whether the nodes of running ones are alive.
std::vector<std::optional<known_task>> lock_known(unit_of_work& work, std::span<const inbox_row> rows,
                                                  const row_places& order, const accepting_node& node);

struct inbox_change {
  std::size_t place;
  inbox_decision decision;
};
/// Writes decisions to rows that `lock_known` locked.
void write_changes(unit_of_work& work, std::span<const inbox_row> rows, std::span<const inbox_change> changes,
                   std::string_view node);

}  // namespace millrace::postgres
