#pragma once

#include "connectors/smtp/client.hpp"
#include "runtime/task/handler.hpp"

#include <cstdint>
#include <string_view>

namespace millrace {

/// Sends an e-mail. The payload is described by docs/schemas/notification.email.json; the result is {"reply": the server's}.
/// A refusal of the server for good (5xx) is dead, one for now (4xx) and trouble on the way are a retry. All attempts carry
/// the task id in the Message-ID.
class email_handler : public effect_handler {
 public:
  static constexpr std::string_view type = "notification.email";

  /// `max_message_bytes` bounds texts and attachments as in smtp::client_options.
  explicit email_handler(std::uint64_t max_message_bytes) : max_message_bytes_(max_message_bytes) {}

  void execute(const task& t, effect_context& context, completion done) override;

 private:
  std::uint64_t max_message_bytes_;
};

/// How the answer of the mail client ends a task.
outcome email_outcome(const tl::expected<smtp::receipt, smtp::failure>& answer);

}  // namespace millrace
