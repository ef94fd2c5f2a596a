#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// The `outbox` table: the one way out. A row is a message to be published once it is due; it is deleted after the
/// broker's confirm. Publishing one twice is harmless: the inbox absorbs it.
namespace millrace::postgres {

struct outbox_row {
  std::int64_t id = 0;                    ///< set by the database
  std::optional<std::int64_t> due_at_us;  ///< microseconds since 1970; none: now
  std::string exchange;
  std::string routing_key;
  std::string type;
  std::string message_id;
  std::string content_type;
  std::string correlation_id;
  std::string reply_to;
  std::optional<std::uint8_t> priority;
  std::vector<std::pair<std::string, std::string>> headers;  ///< text headers; stored as a jsonb object
  std::string body;
};

/// The headers as the table holds them.
std::string headers_json(const outbox_row& row);
/// Adds rows in the caller's transaction; `id` is ignored.
void enqueue(unit_of_work& work, std::span<const outbox_row> rows);
/// Takes up to `limit` due rows that no other relay holds, and no more once their bodies have 16 MiB, and holds them for
/// `lease`; oldest due first.
std::vector<outbox_row> take_due(unit_of_work& work, std::uint32_t limit, std::chrono::milliseconds lease);
/// Deletes published rows.
void remove(unit_of_work& work, std::span<const std::int64_t> ids);
/// Gives rows back before their lease ends, to be tried again after `delay`.
void release(unit_of_work& work, std::span<const std::int64_t> ids, std::chrono::milliseconds delay);
/// Gives rows back that no queue takes, each to be tried again after a wait that doubles with every refusal of that row:
/// from 2 s up to 5 min.
void refuse(unit_of_work& work, std::span<const std::int64_t> ids);
/// What waits to be published.
struct outbox_gauges {
  std::size_t due = 0;               ///< rows, up to 10,000
  std::chrono::milliseconds lag{0};  ///< since when the oldest of them is due
  std::size_t later = 0;             ///< rows that are not due yet, up to 10,000
};
outbox_gauges backlog(unit_of_work& work);
/// Milliseconds until the next row is due (0 if one is), or none if the outbox is empty.
std::optional<std::chrono::milliseconds> next_due(unit_of_work& work);

}  // namespace millrace::postgres
