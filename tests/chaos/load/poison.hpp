#pragma once

#include "connectors/amqp/field_table.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace millrace::chaos {

/// A task to publish, and its entry in the journal.
struct message {
  std::string queue;  ///< empty: routed by type through the exchange `millrace`
  std::string type, id, body;
  std::string expect = "done";  ///< or "dead"
  std::string message_id = id;  ///< empty: the body contains `id` instead
  std::string content_type = "application/json";
  amqp::field_table headers = {};  ///< in addition to the tenant
  bool replies = false;            ///< asks for a result
  int follow_ups = 0;              ///< follow-up tasks that it requests
  int fails = 0;                   ///< executions that its receiver refuses
  std::int64_t not_before_s = 0;   ///< seconds since 1970; 0: immediately
  bool contradicted = false;       ///< publish its contradiction once it is confirmed
  bool again = false;              ///< a repeated publish: confirmed and in the journal already
  std::uint64_t place = 0;         ///< of the first publish on the producer's channel, from 1
  std::uint64_t channel = 0;       ///< number of that channel
  std::uint32_t sends = 0;         ///< publishes until it was confirmed; with more than one its place is unknown
};

/// A valid task with a new id.
message make(const char* queue, const char* type, const nlohmann::json& payload);

/// Kinds of invalid messages with an id. Each message must become one dead letter, however often it is delivered.
constexpr std::size_t kinds_with_id = 9;
/// The kinds above, a message over a limit of 256 KiB, one without an id, and one that contradicts a task, which must
/// exist before.
constexpr std::size_t all_kinds = 12;
message broken(std::size_t kind);
/// A task with the id of another one and a different payload.
message contradiction(const message& of);

}  // namespace millrace::chaos
