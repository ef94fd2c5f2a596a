#pragma once

#include "connectors/smtp/client.hpp"
#include "runtime/task/handler.hpp"

#include <cstdint>
#include <string_view>

namespace millrace::handlers {

/// Sends an e-mail. docs/schemas/notification.email.json describes the payload; the result is {"reply": the server's}. A
/// permanent rejection (5xx) is dead; a temporary one (4xx) and transport errors are a retry. All attempts carry the task id
/// in the Message-ID.
class email_handler : public effect_handler {
 public:
  static constexpr std::string_view type = "notification.email";

  /// `max_message_bytes` limits texts and attachments as in smtp::client_options.
  explicit email_handler(std::uint64_t max_message_bytes) : max_message_bytes_(max_message_bytes) {}

  void execute(const task& t, effect_context& context, completion done) override;

 private:
  std::uint64_t max_message_bytes_;
};

/// Maps the mail client's answer to the task's outcome.
outcome email_outcome(const tl::expected<smtp::receipt, smtp::failure>& answer);

}  // namespace millrace::handlers
