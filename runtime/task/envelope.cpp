#include "runtime/task/envelope.hpp"

#include "config/text/utf8.hpp"
#include "runtime/payload/payload.hpp"
#include "runtime/task/rfc3339.hpp"
#include "runtime/task/task_identity.hpp"
#include "runtime/task/traceparent.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace millrace {
namespace {

constexpr std::size_t max_property_bytes = 255;             // AMQP's short string
constexpr std::uint64_t max_expiration_ms = 4'294'967'295;  // RabbitMQ's own limit
constexpr std::int64_t most_attempts = 1'000;
constexpr std::int64_t last_generation = 2'147'483'647;

std::optional<std::uint64_t> to_number(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// ASCII only, as in media types.
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

/// Decodes one message. Reports the first problem found, but still decodes every other field, because the dead letter shows
/// them.
class decoder {
 public:
  decoder(const incoming& in, const std::function<type_facts(std::string_view)>& facts) : in_(in), facts_(facts) {}

  decoded run() {
    task_.queue = in_.queue;
    task_.payload = in_.body;
    task_.priority = in_.priority;
    task_.received_at = in_.received_at;
    if (const auto error = in_.properties_error; !error.empty())
      malformed(text::is_printable(error) ? std::string{error} : text::excerpt(error));  // it may quote the message
    read_tenant();
    read_type();
    read_content_type();
    read_texts();
    read_times();
    read_numbers();
    read_id();
    check_body();
    if (!has_id_) task_.id = problem_ ? id_of_broken(in_) : uuid::v7(in_.received_at);
    return {std::move(task_), std::move(problem_)};
  }

 private:
  void note(dead_reason reason, std::string error) {
    if (!problem_) problem_ = dead{reason, std::move(error)};
  }
  void malformed(std::string error) { note(dead_reason::malformed_properties, std::move(error)); }

  void read_tenant() {
    if (in_.tenant.empty()) return;
    if (is_tenant(in_.tenant)) {
      task_.tenant = in_.tenant;
      return;
    }
    tenant_known_ = false;
    malformed("header 'tenant': " + text::excerpt(in_.tenant) + " is not 1 to 64 characters of A-Z a-z 0-9 . _ -");
  }

  void read_type() {
    // A message published directly to a queue has the queue's name as routing key, which is not a task type.
    const bool straight_to_queue = in_.exchange.empty() && in_.routing_key == in_.queue;
    const auto type = !in_.type.empty() || straight_to_queue ? in_.type : in_.routing_key;
    if (type.empty()) return note(dead_reason::unknown_type, "no task type: set the AMQP property `type`");
    if (!text("property 'type'", type, task_.type)) return;
    known_ = facts_(type);
    if (!known_.known) note(dead_reason::unknown_type, "no handler for task type " + text::excerpt(type) + " on this node");
  }

  void read_content_type() {
    auto media = in_.content_type.substr(0, in_.content_type.find(';'));
    while (media.ends_with(' ')) media.remove_suffix(1);
    if (in_.content_type.empty() || equal_ignoring_case(media, "application/json")) return;
    if (equal_ignoring_case(media, "application/msgpack") || equal_ignoring_case(media, "application/x-msgpack"))
      task_.content = content_type::msgpack;
    else
      note(dead_reason::unsupported_content_type,
           "content type " + text::excerpt(in_.content_type) + " is neither application/json nor application/msgpack");
  }

  void read_texts() {
    text("property 'correlation_id'", in_.correlation_id, task_.correlation_id);
    text("property 'reply_to'", in_.reply_to, task_.reply_to);
    // An invalid trace context is dropped, as W3C Trace Context requires: tracing must never fail a task.
    if (is_traceparent(in_.traceparent)) task_.traceparent = in_.traceparent;
  }

  bool text(const char* name, std::string_view value, std::string& out) {
    if (value.size() > max_property_bytes)
      malformed(std::string{name} + ": longer than " + std::to_string(max_property_bytes) + " bytes");
    else if (!text::is_printable(value))
      malformed(std::string{name} + ": not UTF-8 without control characters");
    else
      out = value;
    return value.size() == out.size();
  }

  void read_times() {
    if (in_.timestamp_s && !(task_.published_at = from_unix_seconds(*in_.timestamp_s)))
      malformed("property 'timestamp': " + std::to_string(*in_.timestamp_s) + " is not in seconds since 1970, up to 2199");
    if (!in_.expiration.empty()) {
      const auto ms = to_number(in_.expiration);
      if (ms && *ms <= max_expiration_ms)
        task_.expires_at = task_.published_at.value_or(in_.received_at) + std::chrono::milliseconds{*ms};
      else
        malformed("property 'expiration': " + text::excerpt(in_.expiration) + " is not milliseconds from 0 to 4294967295");
    }
    if (in_.not_before.empty()) return;
    const auto seconds = to_number(in_.not_before);
    task_.not_before = seconds ? from_unix_seconds(*seconds) : parse_rfc3339(in_.not_before);
    if (!task_.not_before)
      malformed("header 'not_before': " + text::excerpt(in_.not_before) +
                " is neither an RFC 3339 time with offset nor seconds since 1970, up to 2199");
  }

  void read_numbers() {
    if (in_.max_attempts) {
      if (*in_.max_attempts >= 1 && *in_.max_attempts <= most_attempts)
        task_.max_attempts = static_cast<std::uint32_t>(*in_.max_attempts);
      else
        malformed("header 'max_attempts': " + std::to_string(*in_.max_attempts) + " is not from 1 to 1000");
    }
    if (in_.generation) {
      if (*in_.generation >= 0 && *in_.generation <= last_generation)
        task_.generation = static_cast<std::uint32_t>(*in_.generation);
      else
        malformed("header 'millrace-generation': " + std::to_string(*in_.generation) + " is not from 0 to 2147483647");
    }
  }

  void read_id() {
    const auto id = in_.message_id;
    if (id.empty()) {
      if (known_.id_required)
        note(dead_reason::missing_id, "tasks of type " + text::excerpt(task_.type) + " need the AMQP property `message_id`");
      return;
    }
    if (id.size() > max_id_bytes)
      return note(dead_reason::id_too_long, "property 'message_id': " + std::to_string(id.size()) + " bytes, more than 128");
    if (!text::is_printable(id)) return malformed("property 'message_id': not UTF-8 without control characters");
    const auto parsed = uuid::parse(id);
    if (!parsed) task_.original_id = id;
    // Ids are unique within a tenant. Under a guessed tenant, the task could take an id that belongs to another one.
    if (!tenant_known_) return;
    task_.id = parsed ? *parsed : id_of_text(task_.tenant, id);
    has_id_ = true;
  }

  void check_body() {
    if (problem_) return;
    if (auto error = check_payload(task_.content, in_.body.view())) note(dead_reason::malformed_payload, *std::move(error));
  }

  const incoming& in_;
  const std::function<type_facts(std::string_view)>& facts_;
  task task_;
  std::optional<dead> problem_;
  type_facts known_;
  bool tenant_known_ = true;
  bool has_id_ = false;
};

}  // namespace

decoded decode_envelope(const incoming& in, const std::function<type_facts(std::string_view type)>& facts) {
  return decoder{in, facts}.run();
}

}  // namespace millrace
