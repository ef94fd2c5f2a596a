#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace millrace::postgres {

/// A filter of dead letters. All conditions must hold; an empty one matches any.
struct dead_letter_filter {
  std::vector<std::string> ids{};  ///< UUID texts
  std::string queue{}, type{}, tenant{}, reason{}, error_class{}, fingerprint{};
  std::string task_id{};                   ///< UUID text
  std::string original_id{};               ///< the producer's own id
  std::string text{};                      ///< part of the error, case-insensitive
  std::optional<std::int64_t> since_us{};  ///< died at or after; microseconds since 1970
  std::optional<std::int64_t> until_us{};  ///< died before
  std::string died_by{};                   ///< died at or before: a `snapshot_time`
  bool settled_too = false;                ///< include replayed and discarded ones
};

/// SQL condition on `millrace.dead_letter d`, as parameters $1 to $13.
#define MILLRACE_DEAD_LETTER_FILTER                                                                 \
  " ($1::uuid[] = '{}' or d.id = any($1::uuid[])) and ($2::text = '' or d.queue = $2::text)"        \
  " and ($3::text = '' or d.type = $3::text) and ($4::text = '' or d.tenant = $4::text)"            \
  " and ($5::text = '' or d.reason = $5::text) and ($6::text = '' or d.class = $6::text)"           \
  " and ($7::text = '' or d.fingerprint = $7::text) and ($8::uuid is null or d.task_id = $8::uuid)" \
  " and ($9::text = '' or d.original_id = $9::text)"                                                \
  " and ($10::text = '' or position(lower($10::text) in lower(d.error)) > 0)"                       \
  " and ($11::bigint is null or d.died_at >= to_timestamp($11::bigint / 1e6::float8))"              \
  " and ($12::bigint is null or d.died_at < to_timestamp($12::bigint / 1e6::float8))"               \
  " and ($13::text = '' or d.died_at <= $13::timestamptz)"

/// Runs a statement that begins with the filter's parameters; `more` start at $14.
template <class... More>
pqxx::result exec_filtered(unit_of_work& work, const statement& s, const dead_letter_filter& f, More&&... more) {
  text_array ids;
  for (const auto& id : f.ids) ids.add(id);
  const auto number = [](const std::optional<std::int64_t>& n) { return n ? std::to_string(*n) : std::string{}; };
  const auto since = number(f.since_us), until = number(f.until_us);
  return work.exec(s, ids.str(), f.queue, f.type, f.tenant, f.reason, f.error_class, f.fingerprint,
                   f.task_id.empty() ? nullptr : f.task_id.c_str(), f.original_id, f.text,
                   since.empty() ? nullptr : since.c_str(), until.empty() ? nullptr : until.c_str(), f.died_by,
                   std::forward<More>(more)...);
}

}  // namespace millrace::postgres
