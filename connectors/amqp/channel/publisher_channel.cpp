#include "connectors/amqp/channel/publisher_channel.hpp"

#include "connectors/amqp/wire/encode.hpp"
#include "connectors/amqp/wire/method_id.hpp"
#include "connectors/amqp/wire/properties_codec.hpp"

#include <algorithm>

namespace millrace::amqp {
namespace {

constexpr std::chrono::milliseconds reopen_min{20}, reopen_max{5'000};
/// A target without any confirm for this long has stalled.
constexpr std::chrono::milliseconds stall_after{1'000};
constexpr std::chrono::milliseconds first_replacement{3'000}, last_replacement{60'000};
/// The broker must answer channel.open within this time while publishes wait.
constexpr std::chrono::milliseconds open_patience{5'000};
/// The shortest life of a channel that is renewed because of a refused publish.
constexpr std::chrono::milliseconds renewed_after{1'000};
constexpr std::uint64_t ns_per_ms = 1'000'000;
/// RabbitMQ's default and, in 3.10, its maximum.
constexpr std::size_t max_message_size = 128 * 1024 * 1024;

std::chrono::milliseconds since(std::uint64_t ns) { return std::chrono::milliseconds((uv_hrtime() - ns) / ns_per_ms); }

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

publisher_channel::publisher_channel(loop_handles& handles, std::string target, std::size_t window, bool gives_up,
                                     publisher_hooks hooks, std::uint64_t seed)
    : target_(std::move(target)),
      window_(window),
      gives_up_(gives_up),
      hooks_(std::move(hooks)),
      backoff_(reopen_min, reopen_max, seed),
      retry_(handles, [this] { hooks_.wants_channel(); }),
      answer_timer_(handles, [this] { report(std::exchange(answers_, {})); }),
      progress_timer_(handles, [this] { check_progress(); }),
      renewal_timer_(handles, [this] { renew(); }),
      replace_after_(first_replacement) {}

void publisher_channel::open(connection& where, std::string user) {
  if (channel_ != 0) return;
  retry_.stop();
  user_ = std::move(user);
  channel_ = where.open_channel(shared_from_this());
  if (channel_ == 0) return retry_.start(backoff_.next());
  connection_ = &where;
  opened_ns_ = uv_hrtime();
  accepting_ = false;
  if ((stalled_ || !queued_.empty()) && !progress_timer_.running()) progress_timer_.start(stall_after);
  encode::confirm_select(where.out(), channel_);
}

void publisher_channel::abandon(const std::string& why) {
  retry_.stop();
  progress_timer_.stop();
  renewal_timer_.stop();
  channel_ = 0;
  confirming_ = stalled_ = renewing_ = false;
  report(confirms_.abandon(why, {}));
  report(take_queued(why));
  report(std::exchange(answers_, {}));
}

void publisher_channel::publish(const outgoing& message, confirm_callback done) {
  if (stalled_) return answer_later(std::move(done), confirm::unknown, no_progress(stall_after));
  if (confirms_.open() + queued_.size() == 0) progressed();
  if (queued_.empty() && may_send()) return send(message, std::move(done));
  queued_.push_back({std::string(message.exchange), std::string(message.routing_key), message.props,
                     std::string(message.body), std::move(done)});
}

void publisher_channel::send(const outgoing& message, confirm_callback done) {
  if (auto why = impossible(message); !why.empty()) return answer_later(std::move(done), confirm::returned, std::move(why));
  append(connection_->out(), message);
  confirms_.add(message, std::move(done));
}

void publisher_channel::send_queued() {
  while (!queued_.empty() && may_send()) {
    auto next = std::move(queued_.front());
    queued_.pop_front();
    send({next.exchange, next.routing_key, std::move(next.props), next.body}, std::move(next.done));
  }
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

void publisher_channel::answer_later(confirm_callback done, confirm what, std::string why) {
  if (!done) return;
  answers_.push_back({std::move(done), what, std::move(why)});
  answer_timer_.start(std::chrono::milliseconds(0));
}

bool publisher_channel::on_method(const method& m) {
  if (channel_ == 0) return true;  // late confirms of an abandoned channel
  if (std::holds_alternative<channel_open_ok>(m)) return true;
  if (auto* ack = std::get_if<basic_ack>(&m)) return settle(ack->tag, ack->multiple, confirm::accepted);
  if (auto* nack = std::get_if<basic_nack>(&m)) return settle(nack->tag, nack->multiple, confirm::refused);
  if (!std::holds_alternative<confirm_select_ok>(m) || confirming_) return false;
  confirming_ = true;
  progressed();
  send_queued();
  hooks_.ready();
  return true;
}

bool publisher_channel::settle(std::uint64_t number, bool multiple, confirm what) {
  confirm_tracker::settlements ended;
  if (!confirms_.settle(number, multiple, what, ended)) return false;
  backoff_.reset();
  replace_after_ = first_replacement;
  progressed();
  if (what == confirm::accepted) accepting_ = true;
  if (what == confirm::refused || renewing_) renew_soon();
  // Messages that were not sent must not overtake a refused one.
  if (what == confirm::refused) std::ranges::move(take_queued("an earlier publish was refused"), std::back_inserter(ended));
  send_queued();
  report(std::move(ended));
  return true;
}

void publisher_channel::progressed() {
  stalled_ = false;
  progress_ns_ = uv_hrtime();
  if (!progress_timer_.running()) progress_timer_.start(stall_after);
}

void publisher_channel::check_progress() {
  if (confirms_.open() + queued_.size() == 0 && !stalled_) return;
  const bool opening = channel_ != 0 && !confirming_;
  if (channel_ != 0 && connection_->blocked()) {
    if (opening) opened_ns_ = uv_hrtime();
    return progressed();
  }
  auto passed = since(progress_ns_);
  if (passed < stall_after) return progress_timer_.start(stall_after - passed);
  auto left = opening ? open_patience - since(opened_ns_) : replace_after_ - passed;
  if (left.count() <= 0) return opening ? hooks_.unanswered(no_answer()) : replace();
  progress_timer_.start(left);
  if (!gives_up_ || stalled_) return;
  stalled_ = true;
  report(take_queued(no_progress(stall_after)));
}

void publisher_channel::replace() {
  if (channel_ == 0) return;  // being opened again
  auto why = no_progress(replace_after_) + "; its channel is replaced";
  connection_->close_channel(channel_, "no confirm");
  replace_after_ = std::min(2 * replace_after_, last_replacement);
  on_end({1, std::move(why)});
}

void publisher_channel::renew_soon() {
  if (renewal_timer_.running()) return;
  renewal_timer_.start(std::max(renewed_after - since(opened_ns_), std::chrono::milliseconds(0)));
}

void publisher_channel::renew() {
  renewing_ = channel_ != 0;
  if (!renewing_ || confirms_.open() > 0) return;  // `settle` calls again
  renewing_ = confirming_ = false;
  confirms_.abandon({}, {});  // counts from 1 again
  connection_->close_channel(std::exchange(channel_, std::uint16_t{0}), "a publish was refused");
  open(*connection_, user_);
}

std::string publisher_channel::no_answer() const {
  return "no answer to channel.open for " + target_ + " for " + std::to_string(open_patience.count()) + " ms";
}

std::string publisher_channel::no_progress(std::chrono::milliseconds passed) const {
  return target_ + " has confirmed no publish for " + std::to_string(passed.count()) + " ms";
}

confirm_tracker::settlements publisher_channel::take_queued(const std::string& why) {
  confirm_tracker::settlements all;
  for (auto& each : queued_)
    if (each.done) all.push_back({std::move(each.done), confirm::unknown, why});
  queued_.clear();
  return all;
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
  confirming_ = stalled_ = renewing_ = false;
  renewal_timer_.stop();
  auto ended = confirms_.abandon(end.why, end.code == 404 ? missing_exchange(end.why) : std::string_view());
  // Messages that were not sent are not kept, or they would overtake those whose fate is unknown.
  std::ranges::move(take_queued(end.why), std::back_inserter(ended));
  progress_timer_.stop();
  if (end.code != 0) retry_.start(backoff_.next());  // else the connection is lost, and the client retries
  report(std::move(ended));
}

void publisher_channel::report(confirm_tracker::settlements ended) {
  for (auto& each : ended) each.done(each.what, each.why);
}

}  // namespace millrace::amqp
