#pragma once

#include "connectors/smtp/client.hpp"
#include "runtime/task/task.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <string>

namespace millrace::handlers {

/// The message of a notification.email task (docs/schemas/notification.email.json), or what is wrong with its payload. Its
/// Message-ID is the task id, so that repeats are recognizable. The mail client sets `from`.
tl::expected<smtp::message, std::string> read_email(const task& t, std::uint64_t max_message_bytes);

}  // namespace millrace::handlers
