#pragma once

#include "connectors/amqp/field_table.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace millrace::chaos {

/// A task to publish, and what the journal says of it.
struct message {
  std::string queue, type, id, body;
  std::string expect = "done";  ///< or "dead"
  std::string message_id = id;  ///< empty: `id` stands in the body instead
  std::string content_type = "application/json";
  amqp::field_table headers = {};  ///< beside the tenant
  std::int64_t not_before_s = 0;   ///< seconds since 1970; 0: at once
  bool contradicted = false;       ///< once it is confirmed, its contradiction follows
  bool again = false;              ///< a producer's duplicate: confirmed and journalled before
};

/// A good one under a new id.
message make(const char* queue, const char* type, const nlohmann::json& payload);

/// Kinds of messages that have to become one dead letter, however often they are delivered: they bear an id.
constexpr std::size_t kinds_with_id = 9;
/// With one that is over a limit of 256 KiB, one without an id, and one that contradicts a task, which has to be there
/// first.
constexpr std::size_t all_kinds = 12;
message broken(std::size_t kind);
/// The same id with another payload.
message contradiction(const message& of);

}  // namespace millrace::chaos
