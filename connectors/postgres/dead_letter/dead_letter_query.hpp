#pragma once

#include "connectors/postgres/dead_letter/dead_letter_filter.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Reading the `dead_letter` table, for operators. Nothing here changes a row; all pages are bounded.
namespace millrace::postgres {

/// A dead letter without its bytes. Times are RFC 3339 in UTC, empty: not (yet).
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

/// Which end a walk through the letters begins at.
enum class dead_letter_order : std::uint8_t { oldest_first, newest_first };

/// A place in a walk: the letter that was read last, or nothing. It holds though that letter is gone.
struct dead_letter_mark {
  std::string died_at, id;
};

/// One page: up to `limit` letters after that mark.
std::vector<dead_letter_record> list_dead_letters(unit_of_work& work, const dead_letter_filter& filter,
                                                  dead_letter_order order, const dead_letter_mark& after, std::size_t limit);
/// The same, oldest first, as marks with the size of what is kept of each body: enough to cut batches by bytes.
struct dead_letter_place {
  dead_letter_mark mark;
  std::int64_t bytes = 0;
};
std::vector<dead_letter_place> find_dead_letters(unit_of_work& work, const dead_letter_filter& filter,
                                                 const dead_letter_mark& after, std::size_t limit);

std::optional<dead_letter_record> read_dead_letter(unit_of_work& work, const std::string& id);
/// Empty if there is no such letter.
dead_letter_bytes read_dead_letter_bytes(unit_of_work& work, const std::string& id);
/// Those of the letters with these ids that are not `tenant`'s.
std::vector<std::string> dead_letters_of_others(unit_of_work& work, const std::vector<std::string>& ids,
                                                const std::string& tenant);

/// Where a group stands among all; the default is before the first.
struct group_mark {
  std::int64_t letters = 0;
  std::string newest_at;  ///< RFC 3339
  std::string key;        ///< UUID text, made of what the group has in common
};
/// How many letters of a queue, a type and a reason failed alike.
struct dead_letter_group {
  std::string queue, type, reason, error_class, fingerprint, error;
  group_mark mark;
};
/// Up to `limit` groups after that mark; the largest first, of equal ones that with the newest letter.
std::vector<dead_letter_group> group_dead_letters(unit_of_work& work, const dead_letter_filter& filter,
                                                  const group_mark& after, std::size_t limit);

/// How many letters there are of each reason, the most frequent first.
std::vector<std::pair<std::string, std::int64_t>> count_dead_letters(unit_of_work& work, const dead_letter_filter& filter);

/// The database's time now, for `died_by`: whoever walks through the letters leaves out those that die meanwhile.
std::string snapshot_time(unit_of_work& work);

}  // namespace millrace::postgres
