#include "runtime/task/follow_up.hpp"

#include "config/text/utf8.hpp"
#include "runtime/payload/payload.hpp"
#include "runtime/task/task_identity.hpp"

namespace millrace {
namespace {

constexpr std::size_t max_name_bytes = 255;  // AMQP's short string

std::optional<std::string> wrong_text(const char* what, const std::string& text, std::size_t most) {
  if (text.size() > most) return std::string{what} + " longer than " + std::to_string(most) + " bytes";
  if (!text::is_printable(text)) return std::string{what} + " is not UTF-8 without control characters";
  return std::nullopt;
}

std::optional<std::string> check(const follow_up& f) {
  if (f.type.empty()) return "no task type";
  if (auto wrong = wrong_text("type", f.type, max_name_bytes)) return wrong;
  if (auto wrong = wrong_text("id", f.id, max_id_bytes)) return wrong;
  if (auto wrong = wrong_text("queue", f.queue, max_name_bytes)) return wrong;
  if (f.delay > max_follow_up_delay) return "delay over 100 years";
  return check_payload(f.content, f.payload);
}

}  // namespace

std::optional<std::string> check_follow_ups(std::span<const follow_up> wanted) {
  if (wanted.size() > max_follow_ups)
    return std::to_string(wanted.size()) + " follow-ups, more than " + std::to_string(max_follow_ups) +
           "; let one of them ask for the rest";
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    bytes += wanted[i].payload.size();
    if (bytes > max_follow_up_bytes)
      return "follow-ups with more than " + std::to_string(max_follow_up_bytes) +
             " bytes of payload in all; pass references";
    if (auto wrong = check(wanted[i])) return "follow-up " + std::to_string(i) + ": " + *wrong;
  }
  return std::nullopt;
}

}  // namespace millrace
