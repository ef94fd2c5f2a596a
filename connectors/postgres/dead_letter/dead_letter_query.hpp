#pragma once

#include "connectors/postgres/dead_letter/dead_letter_filter.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Queries on the `dead_letter` table, for operators. Read-only; all pages are bounded.
namespace millrace::postgres {

/// A dead letter without its bytes. Times are RFC 3339 in UTC, or empty.
struct dead_letter_record {
  std::string id, died_at, tenant, task_id, original_id, type, queue, reason, error_class, fingerprint, error;
  std::int64_t attempts = 0, generation = 0, body_size = 0;
  std::string exchange, routing_key, content_type, correlation_id, traceparent, parked_in;
  std::string replayed_at, replayed_by, run_id, discarded_at, discarded_by, why;
  std::string properties;  ///< JSON text
};
struct dead_letter_bytes {
  std::string raw_properties, payload;
};

enum class dead_letter_order : std::uint8_t { oldest_first, newest_first };

/// A page boundary: the last dead letter read, or empty for the start. Remains valid if that row is deleted.
struct dead_letter_mark {
  std::string died_at, id;
};

/// One page: up to `limit` dead letters after that mark.
std::vector<dead_letter_record> list_dead_letters(unit_of_work& work, const dead_letter_filter& filter,
                                                  dead_letter_order order, const dead_letter_mark& after, std::size_t limit);
/// The mark of a dead letter and the size of its stored body.
struct dead_letter_place {
  dead_letter_mark mark;
  std::int64_t bytes = 0;
};
/// A page of marks, oldest first: enough to cut batches by bytes. Includes those that were settled by run `run_id` (UUID
/// text), unless it is empty.
std::vector<dead_letter_place> find_dead_letters(unit_of_work& work, const dead_letter_filter& filter,
                                                 const dead_letter_mark& after, std::size_t limit,
                                                 const std::string& run_id = {});

std::optional<dead_letter_record> read_dead_letter(unit_of_work& work, const std::string& id);
/// Empty if the dead letter does not exist.
dead_letter_bytes read_dead_letter_bytes(unit_of_work& work, const std::string& id);
/// The ids among these whose dead letters belong to tenants other than `tenant`.
std::vector<std::string> dead_letters_of_others(unit_of_work& work, const std::vector<std::string>& ids,
                                                const std::string& tenant);

/// A page boundary in the list of groups; the default is before the first.
struct group_mark {
  std::int64_t dead_letters = 0;
  std::string newest_at;  ///< RFC 3339
  std::string key;        ///< UUID text, derived from the columns that define the group
};
/// The dead letters with the same queue, type, reason and fingerprint.
struct dead_letter_group {
  std::string queue, type, reason, error_class, fingerprint, error;
  group_mark mark;
};
/// Up to `limit` groups after that mark, largest first; groups of equal size by their newest dead letter.
std::vector<dead_letter_group> group_dead_letters(unit_of_work& work, const dead_letter_filter& filter,
                                                  const group_mark& after, std::size_t limit);

/// The number of dead letters per reason, most frequent first.
std::vector<std::pair<std::string, std::int64_t>> count_dead_letters(unit_of_work& work, const dead_letter_filter& filter);

/// The database's current time, for `died_by`: excludes dead letters that are added while paging.
std::string snapshot_time(unit_of_work& work);

}  // namespace millrace::postgres
