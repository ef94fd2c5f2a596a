// Envelope and payload from hostile bytes: nothing may crash, and the checker, the parser and nlohmann's own parser must
// agree about what is well-formed.

#include "runtime/task/envelope.hpp"

#include "config/text/utf8.hpp"
#include "runtime/task/task_identity.hpp"
#include "runtime/task/task_payload.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace millrace;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

/// Cuts the input into fields: each begins with its length in one byte.
class fields {
 public:
  explicit fields(std::string_view rest) : rest_(rest) {}

  std::string_view next() {
    if (rest_.empty()) return {};
    const std::size_t size = static_cast<unsigned char>(rest_[0]);
    rest_.remove_prefix(1);
    const auto field = rest_.substr(0, size);
    rest_.remove_prefix(field.size());
    return field;
  }
  std::optional<std::int64_t> number() {
    const auto field = next();
    if (field.empty()) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : field) value = value << 8 | static_cast<unsigned char>(c);
    return static_cast<std::int64_t>(value);
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

bool accepted_by_nlohmann(std::string_view bytes) { return nlohmann::json::accept(bytes.begin(), bytes.end()); }

bool is_duplicate_key(const std::string& error) { return error.find("occurs twice") != error.npos; }

void check_both_ways(content_type content, std::string_view bytes) {
  task t;
  t.content = content;
  t.payload = shared_bytes::own(std::string{bytes});
  const auto problem = check_payload(content, bytes);
  const auto document = parse_payload(t);
  require(document.has_value() ? !problem : problem || is_duplicate_key(document.error()));
  if (problem) require(text::valid_text_prefix(*problem) == problem->size());
  if (content == content_type::json && !problem) require(accepted_by_nlohmann(bytes));
  if (content == content_type::json && document) require(*document == nlohmann::json::parse(bytes));
  if (document) {
    const auto text = document->dump();  // throws if a text is not UTF-8
    require(!check_payload(content_type::json, text));
  }
}

void check_envelope(std::string_view bytes) {
  fields in{bytes};
  incoming message;
  message.queue = "email";
  message.exchange = in.next();
  message.routing_key = in.next();
  message.type = in.next();
  message.message_id = in.next();
  message.content_type = in.next();
  message.correlation_id = in.next();
  message.reply_to = in.next();
  message.expiration = in.next();
  message.tenant = in.next();
  message.not_before = in.next();
  message.traceparent = in.next();
  message.properties_error = in.next();
  if (const auto seconds = in.number()) message.timestamp_s = static_cast<std::uint64_t>(*seconds);
  message.max_attempts = in.number();
  message.generation = in.number();
  message.body = shared_bytes::own(std::string{in.rest()});

  const auto facts = [](std::string_view type) { return type_facts{type.size() < 4, type.size() == 3}; };
  const auto [t, problem] = decode_envelope(message, facts);
  for (const auto* text : {&t.tenant, &t.type, &t.original_id, &t.correlation_id, &t.reply_to, &t.traceparent})
    require(text::is_printable(*text));
  require(is_tenant(t.tenant));
  require(t.id != uuid{});
  if (!problem) {
    require(!check_payload(t.content, t.payload.view()));
    return;
  }
  require(text::valid_text_prefix(problem->error) == problem->error.size());
  require(decode_envelope(message, facts).what.id == t.id);  // a redelivery is the same task
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data + 1), size - 1};
  switch (data[0] % 3) {
    case 0:
      check_both_ways(content_type::json, bytes);
      break;
    case 1:
      check_both_ways(content_type::msgpack, bytes);
      break;
    default:
      check_envelope(bytes);
  }
  return 0;
}
