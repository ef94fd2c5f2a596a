#include "actors/handlers/webhook/webhook_handler.hpp"

#include "actors/handlers/webhook/webhook_outcome.hpp"
#include "runtime/task/effect_context.hpp"
#include "runtime/task/rfc3339.hpp"
#include "runtime/task/task_payload.hpp"
#include "runtime/task/traceparent.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace millrace::handlers {
namespace {

constexpr std::size_t max_url_bytes = 2'048;
constexpr std::size_t max_event_bytes = 128;

struct webhook {
  std::string url;
  std::string body;
};

bool is_event_name(const std::string& text) {
  constexpr const char* allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  return text.find_first_not_of(allowed) == std::string::npos;
}

/// Identical for every attempt of a task with a publication time.
std::string make_body(const task& t, const std::string& event, const nlohmann::json* data) {
  nlohmann::ordered_json body;
  body["type"] = event;
  body["timestamp"] = to_rfc3339(t.published_at.value_or(t.received_at));
  body["data"] = data != nullptr ? nlohmann::ordered_json(*data) : nlohmann::ordered_json::object();
  return body.dump();
}

tl::expected<webhook, std::string> read_payload(const task& t) {
  const auto payload = parse_payload(t);
  if (!payload) return tl::unexpected(payload.error());
  payload_reader reader{*payload};
  webhook w;
  w.url = reader.text("url", 1, max_url_bytes);
  const auto event = reader.text("event", 1, max_event_bytes);
  if (!is_event_name(event)) reader.fail("event", "must consist of letters, digits, '.', '_' and '-'");
  const auto* data = reader.member("data");
  if (auto problem = reader.finish()) return tl::unexpected(*std::move(problem));
  w.body = make_body(t, event, data);
  return w;
}

}  // namespace

webhook_handler::webhook_handler(const config::secret& signing, const config::secret& previous,
                                 std::chrono::milliseconds timeout)
    : timeout_(timeout) {
  for (const auto* text : {&signing, &previous})
    if (!text->empty()) keys_.emplace_back(*text);
}

std::string webhook_handler::signatures(std::string_view id, std::int64_t timestamp, std::string_view body) const {
  std::string list;
  for (const auto& key : keys_) {
    if (!list.empty()) list += ' ';
    list += key.sign(id, timestamp, body);
  }
  return list;
}

void webhook_handler::execute(const task& t, effect_context& context, completion done) {
  auto parsed = read_payload(t);
  if (!parsed) return done(dead{dead_reason::invalid_payload, parsed.error()});

  const auto id = to_string(t.id);  // a UUID, so it does not contain the separator of the signed fields, a dot
  const std::int64_t timestamp = std::chrono::duration_cast<std::chrono::seconds>(context.now().time_since_epoch()).count();
  http::request r;
  r.url = std::move(parsed->url);
  r.timeout = timeout_;
  r.headers = {{"content-type", "application/json"},
               {"user-agent", "Millrace/" MILLRACE_VERSION},
               {"webhook-id", id},
               {"webhook-timestamp", std::to_string(timestamp)}};
  if (!keys_.empty()) r.headers.emplace_back("webhook-signature", signatures(id, timestamp, parsed->body));
  if (auto trace = context.traceparent(t); is_traceparent(trace)) r.headers.emplace_back("traceparent", std::move(trace));
  r.body = std::move(parsed->body);

  context.http().send(std::move(r),
                      [type = t.type, done, &context](const tl::expected<http::response, http::failure>& answer) {
                        const bool sent = answer || answer.error().error != http::transfer_error::circuit_open;
                        if (sent) context.answered(type, answer ? answer->status : 0);
                        done(answer ? webhook_outcome(*answer, context.now()) : webhook_outcome(answer.error()));
                      });
}

}  // namespace millrace::handlers
