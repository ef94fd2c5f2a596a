#include "actors/delivery/decoded_delivery.hpp"

#include "actors/delivery/outcome_resolution.hpp"
#include "actors/delivery/topology.hpp"

#include <algorithm>
#include <charconv>

namespace millrace::actors {
namespace {

using amqp::properties;

std::string_view text_header(const properties& p, const char* name) {
  auto* v = find(p.headers, name);
  auto* s = v ? std::get_if<std::string>(&v->value) : nullptr;
  return s ? std::string_view{*s} : std::string_view{};
}

std::optional<std::int64_t> number_header(const properties& p, const char* name) {
  auto* v = find(p.headers, name);
  if (auto* n = v ? std::get_if<std::int64_t>(&v->value) : nullptr) return *n;
  auto text = text_header(p, name);
  std::int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// A time in one of our own headers, in microseconds since 1970.
std::optional<wall_time> own_time(const properties& p, const char* name) {
  auto us = number_header(p, name);
  if (!us) return std::nullopt;
  return wall_time{std::chrono::duration_cast<wall_time::duration>(std::chrono::microseconds{*us})};
}

/// `not_before` may be a string, a number of seconds or an AMQP timestamp.
std::string time_header(const properties& p, const char* name) {
  auto* v = find(p.headers, name);
  if (!v) return {};
  if (auto* n = std::get_if<std::int64_t>(&v->value)) return std::to_string(*n);
  if (auto* t = std::get_if<amqp::timestamp>(&v->value)) return std::to_string(t->seconds);
  return std::string{text_header(p, name)};
}

/// Describes the first header whose type violates the contract; empty if all are valid.
std::string wrong_header(const properties& p) {
  for (auto* name : {"tenant", "traceparent"})
    if (auto* v = find(p.headers, name); v && !std::holds_alternative<std::string>(v->value))
      return std::string{"header '"} + name + "' must be a text";
  for (auto* name : {"max_attempts", header::generation})
    if (find(p.headers, name) && !number_header(p, name)) return std::string{"header '"} + name + "' must be a whole number";
  if (find(p.headers, "not_before") && time_header(p, "not_before").empty()) return "header 'not_before' must be a time";
  return {};
}

dead too_large(const amqp::delivery& d) {
  return {dead_reason::body_too_large,
          "the body has " + std::to_string(d.body_size) + " bytes, more than amqp.max_body_bytes"};
}

constexpr std::string_view own_prefix = "millrace-", returns_header = "x-delivery-count",
                           published_at_header = header::published_at;

/// Which headers of our own or of the broker a message has. Most have none, so the rest is skipped.
struct marks {
  bool own = false;      ///< needs a proof
  bool returns = false;  ///< x-delivery-count
};

marks marks_in(const tl::expected<properties, std::string>& p) {
  marks found;
  if (!p) return found;
  for (auto& h : p->headers) {
    const std::string_view name = h.name;
    if (name.size() <= own_prefix.size()) continue;
    // The time of publishing needs no proof: the property `timestamp` says the same.
    if (name.front() == 'm')
      found.own |= name.starts_with(own_prefix) && name != published_at_header;
    else if (name.front() == 'x')
      found.returns |= name == returns_header;
  }
  return found;
}

/// Removes the headers of our own that another program has set.
void drop_unproven(tl::expected<properties, std::string>& p, std::string_view body, const seal* proof, marks& has) {
  if (!has.own || !proof || proof->is_valid(*p, body)) return;
  std::erase_if(p->headers, [](auto& h) { return h.name.starts_with(own_prefix) && h.name != published_at_header; });
  has.own = false;
}

std::uint32_t count_in(const tl::expected<properties, std::string>& p, const char* name) {
  const auto number = p ? number_header(*p, name) : std::nullopt;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(number.value_or(0), 0, 1'000'000'000));
}

decoded decode(const amqp::delivery& d, const tl::expected<properties, std::string>& read_properties,
               const std::string& queue, wall_time now, const std::function<type_facts(std::string_view)>& facts) {
  static const properties none;
  auto& p = read_properties ? *read_properties : none;
  auto problem = read_properties ? wrong_header(p) : read_properties.error();
  auto identity = read_properties ? std::string{} : amqp::without_headers(d.raw_properties);
  auto not_before = time_header(p, "not_before");
  incoming in{.queue = queue,
              .exchange = d.exchange,
              .routing_key = d.exchange == task_exchange ? without_lane(d.routing_key) : d.routing_key,
              .type = p.type,
              .message_id = p.message_id,
              .content_type = p.content_type,
              .correlation_id = p.correlation_id,
              .reply_to = p.reply_to,
              .expiration = p.expiration,
              .priority = p.priority,
              .timestamp_s = p.time ? std::optional{p.time->seconds} : std::nullopt,
              .tenant = text_header(p, "tenant"),
              .not_before = not_before,
              .max_attempts = number_header(p, "max_attempts"),
              .generation = number_header(p, header::generation),
              .traceparent = text_header(p, "traceparent"),
              .properties_error = problem,
              .raw_properties = identity,
              .body = {d.owner, d.body},
              .received_at = now};
  auto read = decode_envelope(in, facts);
  if (auto published = own_time(p, header::published_at)) read.what.published_at = published;
  if (auto expires = own_time(p, header::expires_at)) read.what.expires_at = expires;
  return read;
}

/// The broker's x-death headers of a message in the dead-letter queue (RabbitMQ, "Dead Letter Exchanges").
struct death {
  std::string queue, reason;
};
death first_death(const properties& p) {
  return {std::string{text_header(p, "x-first-death-queue")}, std::string{text_header(p, "x-first-death-reason")}};
}

std::string explain(const death& why, const amqp::delivery& d) {
  if (why.reason == "delivery_limit")
    return "delivered too often without an acknowledgement (x-delivery-limit of its queue)";
  if (why.reason == "maxlen") return "its queue was full";
  if (why.reason == "rejected") return "it was rejected";
  if (d.exchange.empty()) return "it was published to the dead-letter queue";
  return "no queue is bound for the routing key '" + std::string{d.routing_key} + "'";
}

}  // namespace

decoded_delivery decode_delivery(amqp::delivery d, amqp::channel_epoch epoch, const std::string& queue, wall_time now,
                                 const std::function<type_facts(std::string_view)>& facts, const seal* proof) {
  auto p = amqp::decode_properties(d.raw_properties);
  auto has = marks_in(p);
  drop_unproven(p, d.body, proof, has);
  auto read = decode(d, p, queue, now, facts);
  if (d.oversized) read.problem = too_large(d);
  auto tag = d.tag;
  bool id_assigned = p && p->message_id.empty();
  decoded_delivery made{std::move(read.what), std::move(read.problem), false, id_assigned, {epoch, tag}, std::move(d)};
  if (has.returns) made.returns = count_in(p, returns_header.data());
  if (has.own) made.rounds = count_in(p, header::rounds);
  return made;
}

decoded_delivery decode_dead_letter(amqp::delivery d, amqp::channel_epoch epoch, const std::string& queue, wall_time now,
                                    const seal* proof) {
  auto p = amqp::decode_properties(d.raw_properties);
  auto has = marks_in(p);
  drop_unproven(p, d.body, proof, has);
  auto why = p ? first_death(*p) : death{};
  auto read = decode(d, p, why.queue.empty() ? queue : why.queue, now,
                     [](std::string_view) { return type_facts{.known = true, .id_required = true}; });
  const bool unrouted = !read.problem && !d.oversized && why.queue.empty() && d.exchange == task_exchange;
  read.problem = d.oversized ? too_large(d) : dead{dead_reason::dead_lettered, explain(why, d)};
  auto tag = d.tag;
  decoded_delivery made{std::move(read.what), std::move(read.problem), why.reason == "expired", false, {epoch, tag},
                        std::move(d)};
  if (has.own) made.rounds = count_in(p, header::rounds);
  made.unrouted = unrouted;
  return made;
}

wall_time waiting_since(const task& t) {
  if (!t.published_at || t.generation > 0) return t.received_at;
  return std::max(*t.published_at, t.not_before.value_or(*t.published_at));
}

void detach_from_read_buffer(decoded_delivery& i) {
  auto& d = i.source;
  std::string all;
  all.reserve(d.exchange.size() + d.routing_key.size() + d.raw_properties.size() + d.body.size());
  all.append(d.exchange).append(d.routing_key).append(d.raw_properties).append(d.body);
  auto held = std::make_shared<const std::string>(std::move(all));
  std::string_view rest{*held};
  auto take = [&rest](std::string_view& part) {
    part = rest.substr(0, part.size());
    rest.remove_prefix(part.size());
  };
  take(d.exchange);
  take(d.routing_key);
  take(d.raw_properties);
  take(d.body);
  d.owner = held;
  i.what.payload = {held, d.body};
}

}  // namespace millrace::actors
