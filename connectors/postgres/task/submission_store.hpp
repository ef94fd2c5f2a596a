#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

/// Tasks submitted by operators and services through the API.
namespace millrace::postgres {

/// Arguments of `millrace.enqueue`; empty texts and empty optionals are omitted.
struct submission {
  std::string type, payload /* JSON */, id, queue, tenant = "default", due /* RFC 3339 */, correlation_id, reply_to,
                                                   traceparent;
  std::optional<std::int64_t> priority{}, max_attempts{};
};
/// Enqueues it in the caller's transaction and returns the task's id. An invalid value is a pqxx::sql_error (22023) that
/// names it.
std::string submit(unit_of_work& work, const submission& s);

/// Stores an idempotency key and returns the id of its task; nothing if it was used with another `digest` (32 bytes) before.
/// `fresh`: the key is new, and the caller must submit the task.
std::optional<std::string> enter_submission(unit_of_work& work, const std::string& tenant, const std::string& key,
                                            const std::string& digest, const std::string& task_id, bool& fresh);

/// Deletes keys older than `kept`, oldest first, at most 1,000 per call; returns their number.
std::size_t forget_submissions(unit_of_work& work, std::chrono::milliseconds kept);

}  // namespace millrace::postgres
