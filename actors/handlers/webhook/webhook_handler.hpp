#pragma once

#include "actors/handlers/webhook/standard_webhooks.hpp"
#include "config/secret.hpp"
#include "runtime/task/handler.hpp"

#include <chrono>
#include <string_view>
#include <vector>

namespace millrace::handlers {

/// Sends a webhook according to Standard Webhooks 1.0. The payload is {url, event, data}
/// (docs/schemas/notification.webhook.json), the body {"type": event, "timestamp": time of publication, "data": data}.
/// webhook-id is the task id in every attempt, so that receivers can detect repeats.
class webhook_handler : public effect_handler {
 public:
  static constexpr std::string_view type = "notification.webhook";

  /// Requests are signed with each secret that is not empty; the previous one is for key rotation. Throws
  /// std::invalid_argument for an invalid whsec_ key. `timeout` applies to the whole exchange.
  explicit webhook_handler(const config::secret& signing, const config::secret& previous = {},
                           std::chrono::milliseconds timeout = std::chrono::seconds{20});

  void execute(const task& t, effect_context& context, completion done) override;

 private:
  std::string signatures(std::string_view id, std::int64_t timestamp, std::string_view body) const;

  std::vector<standard_webhooks::key> keys_;
  std::chrono::milliseconds timeout_;
};

}  // namespace millrace::handlers
