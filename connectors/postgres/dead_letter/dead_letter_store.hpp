#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// The `dead_letter` table: tasks that will not be tried again until an operator replays them, with their raw bytes.
namespace millrace::postgres {

struct dead_letter_row {
  std::string id;  ///< UUID text, derived from the delivery, so that a redelivery adds no second row
  std::string_view tenant;
  std::string task_id;  ///< UUID text
  std::string_view original_id;
  std::string_view type;
  std::string_view queue;   ///< where it died
  std::string_view reason;  ///< a dead_reason's name
  std::string error;
  std::uint32_t attempts = 0;
  std::uint32_t generation = 0;
  std::string_view exchange;
  std::string_view routing_key;
  std::string_view content_type;
  std::string properties_json;  ///< all AMQP properties and headers, for people
  std::string_view raw_properties;
  std::string_view payload;  ///< empty if the body was too large to take
  std::uint64_t body_size = 0;
  std::string_view parked_in;  ///< the queue where the broker keeps the message, or empty: the bytes are here
  std::string_view correlation_id;
  std::string_view traceparent;
};

/// Adds rows; one whose id exists is left as it is. Returns how many were new.
std::size_t add_dead_letters(unit_of_work& work, std::span<const dead_letter_row> rows);

/// Computes the fingerprints of up to `limit` rows that an older program has written; returns of how many. `migrate` calls
/// it until there are none left.
std::size_t add_missing_fingerprints(unit_of_work& work, std::size_t limit);

}  // namespace millrace::postgres
