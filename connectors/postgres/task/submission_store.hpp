#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

/// Tasks asked for by operators and services through the API.
namespace millrace::postgres {

/// A task as `millrace.enqueue` takes it; empty texts and none: left out.
struct submission {
  std::string type, payload /* JSON */, id, queue, tenant = "default", due /* RFC 3339 */, correlation_id, reply_to,
                                                   traceparent;
  std::optional<std::int64_t> priority{}, max_attempts{};
};
/// Enqueues it in the caller's transaction; the id of the task. A bad value is a pqxx::sql_error (22023) that says which.
std::string submit(unit_of_work& work, const submission& s);

/// Remembers what a key asks for, once. The id of the task that it stands for; nothing if it came with another `digest` (32
/// bytes) before. `fresh` tells whether it is new, and the caller has to submit the task.
std::optional<std::string> enter_submission(unit_of_work& work, const std::string& tenant, const std::string& key,
                                            const std::string& digest, const std::string& task_id, bool& fresh);

/// Forgets keys that were entered longer ago than `kept`, the oldest first, at most 1,000 at a time; returns how many.
std::size_t forget_submissions(unit_of_work& work, std::chrono::milliseconds kept);

}  // namespace millrace::postgres
