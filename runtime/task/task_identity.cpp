#include "runtime/task/task_identity.hpp"

#include "config/text/digest.hpp"

#include <algorithm>
#include <string>

namespace millrace {
namespace {

// Must never change: all derived ids depend on them.
constexpr uuid tenants{{0x8f, 0x0d, 0x6c, 0x1e, 0x43, 0xb5, 0x4a, 0x57, 0x9e, 0x0b, 0x5a, 0x1d, 0x2c, 0x77, 0x64, 0xd1}};
constexpr uuid broken{{0x8f, 0x0d, 0x6c, 0x1e, 0x43, 0xb5, 0x4a, 0x57, 0x9e, 0x0b, 0x5a, 0x1d, 0x2c, 0x77, 0x64, 0xd2}};

constexpr bool is_tenant_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

/// SHA-256 over length-prefixed parts, so that different lists of parts hash different bytes. In one pass, because a body
/// may be large.
class part_hash {
 public:
  void add(std::string_view part) {
    hash_.update(std::to_string(part.size()) + ':');
    hash_.update(part);
  }
  std::string end() { return hash_.finish(); }

 private:
  text::sha256_stream hash_;
};

template <class Number>
std::string text_of(const std::optional<Number>& number) {
  return number ? std::to_string(*number) : std::string{};
}

}  // namespace

bool is_tenant(std::string_view text) noexcept {
  return !text.empty() && text.size() <= max_tenant_bytes && std::all_of(text.begin(), text.end(), is_tenant_character);
}

uuid id_of_text(std::string_view tenant, std::string_view text) { return uuid::v5(uuid::v5(tenants, tenant), text); }

uuid id_of_broken(const incoming& in) {
  part_hash hash;
  for (const auto part : {in.exchange, in.routing_key, in.type, in.message_id, in.content_type, in.correlation_id,
                          in.reply_to, in.expiration, in.tenant, in.not_before, in.traceparent})
    hash.add(part);
  hash.add(text_of(in.priority));
  hash.add(text_of(in.timestamp_s));
  hash.add(text_of(in.max_attempts));
  hash.add(text_of(in.generation));
  hash.add(in.properties_error.empty() ? std::string_view{} : in.raw_properties);
  hash.add(in.body.view());
  return uuid::v5(broken, hash.end());
}

}  // namespace millrace
