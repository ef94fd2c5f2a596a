#include "actors/handlers/email/email_handler.hpp"

#include "actors/handlers/email/email_message.hpp"
#include "runtime/task/effect_context.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace millrace::handlers {

namespace {
constexpr long accepted = 250;  // RFC 5321 4.2.3
}

outcome email_outcome(const tl::expected<smtp::receipt, smtp::failure>& answer) {
  if (answer) {
    const nlohmann::json result{{"reply", answer->reply}};
    return succeeded{result.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace)};
  }
  const auto& failed = answer.error();
  if (!failed.permanent) return unanswered(failed);
  // Without a reply code no server was contacted: the message itself can never be sent.
  return dead{failed.reply_code == 0 ? dead_reason::invalid_payload : dead_reason::rejected, failed.message};
}

void email_handler::execute(const task& t, effect_context& context, completion done) {
  auto m = read_email(t, max_message_bytes_);
  if (!m) return done(dead{dead_reason::invalid_payload, m.error()});
  context.mail().send(*std::move(m),
                      [type = t.type, done, &context](const tl::expected<smtp::receipt, smtp::failure>& answer) {
                        const bool sent = answer || answer.error().wait.count() == 0;
                        if (sent) context.answered(type, answer ? accepted : answer.error().reply_code);
                        done(email_outcome(answer));
                      });
}

}  // namespace millrace::handlers
