#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// The `dead_letter` table: tasks that are not retried until an operator replays them, with their raw bytes.
namespace millrace::postgres {

struct dead_letter_row {
  std::string id;  ///< UUID text, derived from the delivery, so that a redelivery adds no second row
  std::string_view tenant;
  std::string task_id;  ///< UUID text
  std::string_view original_id;
  std::string_view type;
  std::string_view queue;   ///< where the task died
  std::string_view reason;  ///< a dead_reason's name
  std::string error;
  std::uint32_t attempts = 0;
  std::uint32_t generation = 0;
  std::string_view exchange;
  std::string_view routing_key;
  std::string_view content_type;
  std::string properties_json;  ///< all AMQP properties and headers, human-readable
  std::string_view raw_properties;
  std::string_view payload;  ///< empty if the body was too large
  std::uint64_t body_size = 0;
  std::string_view parked_in;  ///< the queue in which the broker keeps the message; empty: the bytes are in this row
  std::string_view correlation_id;
  std::string_view traceparent;
};

/// Inserts rows and returns the number inserted. A row whose id exists stays unchanged.
std::size_t add_dead_letters(unit_of_work& work, std::span<const dead_letter_row> rows);

/// Computes the fingerprints of up to `limit` rows written by an older version, and returns their number. `migrate` repeats
/// it until 0.
std::size_t add_missing_fingerprints(unit_of_work& work, std::size_t limit);

}  // namespace millrace::postgres
