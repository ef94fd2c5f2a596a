#include "connectors/amqp/properties.hpp"

#include "connectors/amqp/wire/field_codec.hpp"
#include "connectors/amqp/wire/properties_codec.hpp"

namespace millrace::amqp {
namespace {

namespace flag {
constexpr unsigned content_type = 1U << 15, content_encoding = 1U << 14, headers = 1U << 13, delivery_mode = 1U << 12,
                   priority = 1U << 11, correlation_id = 1U << 10, reply_to = 1U << 9, expiration = 1U << 8,
                   message_id = 1U << 7, time = 1U << 6, type = 1U << 5, user_id = 1U << 4, app_id = 1U << 3,
                   cluster_id = 1U << 2, unknown = 3;
}  // namespace flag

constexpr std::uint8_t transient = 1;

}  // namespace

tl::expected<properties, std::string> decode_properties(std::string_view raw, const property_limits& limits) {
  byte_reader in(raw);
  unsigned flags = in.u16();
  if ((flags & flag::unknown) != 0) return tl::unexpected("properties: unknown flags " + std::to_string(flags));
  properties props;
  auto text = [&](unsigned bit, std::string& to) {
    if ((flags & bit) != 0) to = in.short_string();
  };
  text(flag::content_type, props.content_type);
  text(flag::content_encoding, props.content_encoding);
  if ((flags & flag::headers) != 0) {
    auto table = decode_table(in.long_string(), limits);
    if (!table) return tl::unexpected("headers: " + table.error());
    props.headers = std::move(*table);
  }
  // AMQP: a message that does not ask for persistence is transient.
  props.delivery_mode = (flags & flag::delivery_mode) != 0 ? in.u8() : transient;
  if ((flags & flag::priority) != 0) props.priority = in.u8();
  text(flag::correlation_id, props.correlation_id);
  text(flag::reply_to, props.reply_to);
  text(flag::expiration, props.expiration);
  text(flag::message_id, props.message_id);
  if ((flags & flag::time) != 0) props.time = timestamp{in.u64()};
  text(flag::type, props.type);
  text(flag::user_id, props.user_id);
  text(flag::app_id, props.app_id);
  std::string cluster_id;
  text(flag::cluster_id, cluster_id);
  if (!in.ok()) return tl::unexpected(std::string("properties: cut short"));
  if (!in.rest().empty()) return tl::unexpected("properties: " + std::to_string(in.rest().size()) + " bytes too many");
  return props;
}

std::string without_headers(std::string_view raw) {
  byte_reader in(raw);
  const unsigned flags = in.u16();
  if ((flags & flag::headers) == 0) return std::string(raw);
  if ((flags & flag::content_type) != 0) in.short_string();
  if ((flags & flag::content_encoding) != 0) in.short_string();
  const std::size_t begin = raw.size() - in.rest().size();
  in.long_string();
  if (!in.ok()) return std::string(raw);
  return std::string(raw.substr(0, begin)).append(in.rest());
}

void encode_properties(byte_writer& out, const properties& props) {
  unsigned flags = flag::delivery_mode;
  auto mark = [&](unsigned bit, bool set) { flags |= set ? bit : 0U; };
  mark(flag::content_type, !props.content_type.empty());
  mark(flag::content_encoding, !props.content_encoding.empty());
  mark(flag::headers, !props.headers.empty());
  mark(flag::priority, props.priority.has_value());
  mark(flag::correlation_id, !props.correlation_id.empty());
  mark(flag::reply_to, !props.reply_to.empty());
  mark(flag::expiration, !props.expiration.empty());
  mark(flag::message_id, !props.message_id.empty());
  mark(flag::time, props.time.has_value());
  mark(flag::type, !props.type.empty());
  mark(flag::user_id, !props.user_id.empty());
  mark(flag::app_id, !props.app_id.empty());
  out.u16(static_cast<std::uint16_t>(flags));
  auto text = [&](const std::string& value) {
    if (!value.empty()) out.short_string(value);
  };
  text(props.content_type);
  text(props.content_encoding);
  if (!props.headers.empty()) encode_table(out, props.headers);
  out.u8(props.delivery_mode);
  if (props.priority) out.u8(*props.priority);
  text(props.correlation_id);
  text(props.reply_to);
  text(props.expiration);
  text(props.message_id);
  if (props.time) out.u64(props.time->seconds);
  text(props.type);
  text(props.user_id);
  text(props.app_id);
}

}  // namespace millrace::amqp
