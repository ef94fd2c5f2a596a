#pragma once

#include "connectors/postgres/task/inbox_decision.hpp"
#include "connectors/postgres/task/task_store.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

/// The three statements of `accept`. `order` holds places in `rows`, sorted by (id, tenant): keys are locked in that order.
namespace millrace::postgres {

using row_places = std::vector<std::size_t>;

/// Inserts the rows whose key is new; returns the places of the others, in the same order. Waits for a transaction that
/// inserts the same key at the same time.
row_places insert_new(unit_of_work& work, std::span<const inbox_row> rows, const row_places& order,
                      const accepting_node& node);

/// Locks and reads the rows that exist; nothing where there is none. Looks whether the nodes of running ones live.
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
