#include "connectors/amqp/channel/publisher_channel.hpp"

#include "connectors/amqp/wire/encode.hpp"
#include "connectors/amqp/wire/method_id.hpp"
#include "connectors/amqp/wire/properties_codec.hpp"

#include <algorithm>

namespace millrace::amqp {
namespace {

constexpr std::chrono::milliseconds reopen_min{20}, reopen_max{5'000};
/// Limit for the bytes waiting for the socket, above which publishes are refused; the window's count does not bound them.
constexpr std::size_t max_unsent = 8 * 1024 * 1024;
/// RabbitMQ's default and, in 3.10, its maximum.
constexpr std::size_t max_message_size = 128 * 1024 * 1024;

/// "NOT_FOUND - no exchange 'x' in vhost '/'" → x
std::string_view missing_exchange(std::string_view text) {
  constexpr std::string_view before = "no exchange '";
  auto begin = text.find(before);
  if (begin == std::string_view::npos) return {};
  auto name = text.substr(begin + before.size());
  return name.substr(0, name.find("' in vhost"));
}

bool is_expiration(const std::string& text) {
  bool digits = std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits && text.size() <= 10 && (text.empty() || std::stoull(text) <= UINT32_MAX);
}

}  // namespace

publisher_channel::publisher_channel(loop_handles& handles, const client_options& options,
                                     std::function<void()> wants_channel, std::uint64_t seed)
    : options_(options),
      backoff_(reopen_min, reopen_max, seed),
      retry_(handles, std::move(wants_channel)),
      refusal_timer_(handles, [this] { report(std::exchange(refusals_, {})); }) {}

void publisher_channel::open(connection& where, std::string user, std::function<void()> ready) {
  if (channel_ != 0) return;
  retry_.stop();
  user_ = std::move(user);
  if (ready) ready_ = std::move(ready);
  channel_ = where.open_channel(shared_from_this());
  if (channel_ == 0) return retry_.start(backoff_.next());
  connection_ = &where;
  encode::confirm_select(where.out(), channel_);
}

void publisher_channel::abandon(const std::string& why) {
  retry_.stop();
  channel_ = 0;
  confirming_ = false;
  report(confirms_.abandon(why, {}));
  report(std::exchange(refusals_, {}));
}

std::size_t publisher_channel::capacity() const {
  if (!confirming_ || !connection_->is_open() || connection_->unsent() > max_unsent) return 0;
  auto taken = confirms_.open() + refusals_.size();
  return options_.confirm_window - std::min(options_.confirm_window, taken);
}

bool publisher_channel::publish(const outgoing& message, confirm_callback done) {
  if (capacity() == 0) return false;
  if (auto why = impossible(message); !why.empty()) {
    refuse_later(std::move(done), std::move(why));
    return true;
  }
  append(connection_->out(), message);
  confirms_.add(message, std::move(done));
  return true;
}

/// Errors for which the broker would close the channel and so lose every other publish in the window.
std::string publisher_channel::impossible(const outgoing& message) const {
  auto& props = message.props;
  if (!is_expiration(props.expiration)) return "expiration is not a number of milliseconds";
  if (!props.user_id.empty() && props.user_id != user_) return "user_id is not the user of this connection";
  if (message.body.size() > max_message_size) return "body is over 128 MiB";
  std::string trial;
  byte_writer header(trial);
  encode_properties(header, props);
  constexpr std::size_t before_properties = 12;
  if (!header.ok()) return "a property or header name is longer than 255 bytes, or headers are nested too deeply";
  if (trial.size() + before_properties + frame_overhead > connection_->frame_max())
    return "properties do not fit in a frame";
  if (message.exchange.size() > 255 || message.routing_key.size() > 255)
    return "exchange or routing key is longer than 255 bytes";
  return {};
}

void publisher_channel::append(std::string& out, const outgoing& message) const {
  encode::basic_publish(out, channel_, message.exchange, message.routing_key);
  append_frame(out, frame_kind::header, channel_, [&](byte_writer& w) {
    w.u16(id::basic_class);
    w.u16(0);
    w.u64(message.body.size());
    encode_properties(w, message.props);
  });
  auto most = connection_->frame_max() - frame_overhead;
  for (auto rest = message.body; !rest.empty(); rest.remove_prefix(std::min(most, rest.size())))
    append_frame(out, frame_kind::body, channel_, [&](byte_writer& w) { w.bytes(rest.substr(0, most)); });
}

void publisher_channel::refuse_later(confirm_callback done, std::string why) {
  if (!done) return;
  refusals_.push_back({std::move(done), confirm::returned, std::move(why)});
  refusal_timer_.start(std::chrono::milliseconds(0));
}

bool publisher_channel::on_method(const method& m) {
  if (std::holds_alternative<channel_open_ok>(m)) return true;
  if (auto* ack = std::get_if<basic_ack>(&m)) return settle(ack->tag, ack->multiple, confirm::accepted);
  if (auto* nack = std::get_if<basic_nack>(&m)) return settle(nack->tag, nack->multiple, confirm::refused);
  if (!std::holds_alternative<confirm_select_ok>(m) || confirming_) return false;
  confirming_ = true;
  if (ready_) std::exchange(ready_, nullptr)();
  return true;
}

bool publisher_channel::settle(std::uint64_t number, bool multiple, confirm what) {
  confirm_tracker::settlements ended;
  if (!confirms_.settle(number, multiple, what, ended)) return false;
  backoff_.reset();
  report(std::move(ended));
  return true;
}

bool publisher_channel::on_return(std::uint16_t code, std::string_view text, const delivery& message) {
  auto props = decode_properties(message.raw_properties);
  auto why = std::string(text) + " (" + std::to_string(code) + "): exchange '" + std::string(message.exchange) +
             "', routing key '" + std::string(message.routing_key) + "'";
  confirms_.returned(message.exchange, message.routing_key, props ? std::string_view(props->message_id) : "",
                     std::move(why));
  return true;
}

void publisher_channel::on_end(const channel_end& end) {
  channel_ = 0;
  connection_ = nullptr;
  confirming_ = false;
  // A lost connection is retried by the client.
  if (end.code != 0) retry_.start(backoff_.next());
  report(confirms_.abandon(end.why, end.code == 404 ? missing_exchange(end.why) : std::string_view()));
}

void publisher_channel::report(confirm_tracker::settlements ended) {
  for (auto& each : ended) each.done(each.what, each.why);
}

}  // namespace millrace::amqp
