#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Queries of the `task` table, for operators.
namespace millrace::postgres {

/// A task as operators see it.
struct task_record {
  std::string tenant, id, original_id, type, queue, state, content_type;
  std::uint32_t attempt = 0, generation = 0;
  std::string correlation_id, traceparent;
  std::string published_at, received_at, started_at, finished_at;  ///< RFC 3339, or empty
  std::string result, error;
  std::string node;
};
/// All tasks with that id, in all tenants or one; `id` may be a UUID or the producer's original text.
std::vector<task_record> find_tasks(unit_of_work& work, std::string_view id, std::string_view tenant);

/// A search. It needs a time window: the table is indexed only by id and, coarsely, by time of receipt.
struct task_filter {
  std::string tenant{}, type{}, queue{}, state{};  ///< empty: any
  std::int64_t since_us = 0;                       ///< received then or later; microseconds since 1970
  std::optional<std::int64_t> until_us{};          ///< received before then
};
/// A page mark: the last task of the previous page, or empty.
struct task_mark {
  std::string received_at, id;
};
/// One page, newest first.
std::vector<task_record> list_tasks(unit_of_work& work, const task_filter& filter, const task_mark& after,
                                    std::size_t limit);

}  // namespace millrace::postgres
