#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// The `outbox` table: all messages that Millrace publishes. A row is published once it is due, and deleted after the
/// broker's confirm. Publishing one twice is harmless: the inbox absorbs it.
namespace millrace::postgres {

struct outbox_row {
  std::int64_t id = 0;                    ///< set by the database
  std::optional<std::int64_t> due_at_us;  ///< microseconds since 1970; none or past: now, by the database's clock
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
  std::uint32_t refusals = 0;  ///< set by the database: times that no queue accepted it
};

/// The headers as stored in the table.
std::string headers_json(const outbox_row& row);
/// Adds rows in the caller's transaction; `id` is ignored.
void enqueue(unit_of_work& work, std::span<const outbox_row> rows);
struct taken_rows {
  std::vector<outbox_row> rows;  ///< those of ordered queues first; publish them in this order
  bool ordered_wait = false;     ///< rows of ordered queues are due, but another relay holds some of them
};
/// Locks up to `limit` due rows that no other relay has locked, oldest first, for the duration `lease`. Stops once their
/// bodies exceed 16 MiB. Rows of ordered queues are taken by one relay at a time: until the rows that it has taken are
/// deleted or released, no relay takes further ones.
taken_rows take_due(unit_of_work& work, std::uint32_t limit, std::chrono::milliseconds lease);

/// Messages that are routed to an ordered queue.
struct ordered_route {
  std::string exchange;
  std::string routing_key;  ///< a POSIX regular expression
};
/// Adds routes by which rows are recognised as those of an ordered queue, and marks rows that are there. Routes are never
/// removed: another node may still have that queue.
void write_ordered_routes(unit_of_work& work, std::span<const ordered_route> routes);
/// Deletes published rows.
void remove(unit_of_work& work, std::span<const std::int64_t> ids);
/// Releases rows before their lease ends, for a retry after `delay`. Rows of an ordered queue keep their places, and those
/// behind them wait.
void release(unit_of_work& work, std::span<const std::int64_t> ids, std::chrono::milliseconds delay);
/// Releases rows that no queue accepted, for a retry after a delay that doubles with each refusal of the row: from 2 s up to
/// 5 min. A row of an ordered queue keeps its place, and those behind it wait, up to its eighth refusal, after about nine
/// minutes.
void refuse(unit_of_work& work, std::span<const std::int64_t> ids);
/// Number and age of waiting messages.
struct outbox_gauges {
  std::size_t due = 0;               ///< rows, up to 10,000
  std::chrono::milliseconds lag{0};  ///< how long the oldest of them has been due
  std::size_t later = 0;             ///< rows that are not due yet, up to 10,000
};
outbox_gauges backlog(unit_of_work& work);
/// Milliseconds until the next row is due (0 if one is), or none if the outbox is empty.
std::optional<std::chrono::milliseconds> next_due(unit_of_work& work);

}  // namespace millrace::postgres
