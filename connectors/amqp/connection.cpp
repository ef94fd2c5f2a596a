#include "connectors/amqp/connection.hpp"

#include "connectors/amqp/wire/encode.hpp"

namespace millrace::amqp {
namespace {

constexpr std::chrono::milliseconds budget_check_every{10};

std::chrono::milliseconds now() { return std::chrono::milliseconds(uv_hrtime() / 1'000'000); }

protocol_error unexpected(std::string_view what) { return {503, "COMMAND_INVALID - unexpected " + std::string(what)}; }

}  // namespace

connection::connection(loop_handles& handles, const client_options& options, const endpoint& where,
                       std::shared_ptr<byte_counter> counter, connection_events events)
    : options_(options),
      events_(std::move(events)),
      counter_(std::move(counter)),
      in_(counter_),
      transport_(handles, in_, *this),
      handshake_(options, where),
      channels_(options.max_body_bytes, counter_),
      connect_timer_(handles,
                     [this] {
                       auto busy = ready_ ? handshake_.waiting_for() : transport_.busy_with();
                       end("no answer from " + where_.host + " within " + std::to_string(options_.connect_timeout.count()) +
                           " ms; waited for " + busy);
                     }),
      heartbeat_timer_(handles, [this] { beat(); }),
      budget_timer_(handles, [this] { check_budget(); }),
      where_(where) {}

void connection::open() {
  connect_timer_.start(options_.connect_timeout);
  transport_.connect(where_, options_);
}

void connection::close() {
  if (!is_open()) return abort("closed while connecting");
  closing_ = true;
  encode::connection_close(out(), 200, "closed by the application");
}

void connection::abort(const std::string& why) { end(why); }

std::uint16_t connection::open_channel(std::shared_ptr<channel_user> user) {
  auto channel = channels_.open(std::move(user));
  if (channel != 0) encode::channel_open(out(), channel);
  return channel;
}

void connection::close_channel(std::uint16_t channel, std::string_view why) {
  if (ended_) return;
  channels_.abandon(channel);
  encode::channel_close(out(), channel, why);
}

void connection::on_ready() {
  ready_ = true;
  handshake_.begin(out());
}

std::size_t connection::on_bytes() {
  while (!ended_) {
    auto unread = in_.unread();
    auto limit = handshake_.done() ? handshake_.agreed().frame_max : std::max(options_.frame_max, frame_min_size);
    if (!first_bytes_seen_ && unread.size() >= 4) {
      first_bytes_seen_ = true;
      if (auto other = describe_other_protocol(unread); !other.empty()) {
        end(other + " (" + where_.host + ":" + std::to_string(where_.port) + ")");
        break;
      }
    }
    auto found = parse_frame(unread, limit);
    if (found && found->size == 0) return found->needed;
    auto taken = found ? take(*found) : fault(tl::unexpected(found.error()));
    if (!taken) {
      protocol_violation(taken.error());
      break;
    }
    in_.consume(found->size);
  }
  return 0;
}

void connection::on_read_end() {
  heartbeat_.received(now());
  auto waiting = std::move(waiting_);
  waiting_.clear();
  for (auto& user : waiting)
    if (!ended_) user->on_read_end();
  if (ended_ || counter_->alive() <= options_.byte_budget) return;
  transport_.pause_reading();
  budget_timer_.repeat(budget_check_every);
}

void connection::check_budget() {
  if (ended_ || !transport_.paused() || counter_->alive() > options_.byte_budget) return;
  budget_timer_.stop();
  heartbeat_.received(now());
  transport_.resume_reading();
}

void connection::on_sent() { heartbeat_.sent(now()); }

void connection::on_lost(const std::string& why) { end(ready_ ? handshake_.explain_loss(why) : why); }

connection::fault connection::take(const frame& f) {
  switch (f.kind) {
    case frame_kind::method:
      return take_method(f);
    case frame_kind::heartbeat:
      if (f.channel != 0) return tl::unexpected(protocol_error{503, "COMMAND_INVALID - heartbeat on a channel"});
      return {};
    default:
      return take_content(f);
  }
}

connection::fault connection::take_method(const frame& f) {
  auto m = decode_method(f.payload);
  if (!m) return tl::unexpected(m.error());
  return f.channel == 0 ? take_connection_method(*m) : take_channel_method(f.channel, *m);
}

connection::fault connection::take_connection_method(const method& m) {
  if (auto* close = std::get_if<connection_close>(&m)) {
    closed_by_broker(*close);
    return {};
  }
  if (!handshake_.done()) {
    std::string answer;
    if (auto stepped = handshake_.step(m, answer); !stepped) {
      end(stepped.error());
      return {};
    }
    out().append(answer);
    if (handshake_.done()) on_handshake_done();
    return {};
  }
  if (std::holds_alternative<connection_close_ok>(m) && closing_) {
    end("closed");
    return {};
  }
  if (auto* blocked = std::get_if<connection_blocked>(&m)) {
    blocked_ = true;
    if (!closing_) events_.blocked(true, std::string(blocked->reason));
    return {};
  }
  if (std::holds_alternative<connection_unblocked>(m)) {
    blocked_ = false;
    if (!closing_) events_.blocked(false, "");
    return {};
  }
  return tl::unexpected(unexpected(name_of(m)));
}

connection::fault connection::take_channel_method(std::uint16_t channel, const method& m) {
  auto* slot = channels_.find(channel);
  if (slot == nullptr)
    return tl::unexpected(
        protocol_error{504, "CHANNEL_ERROR - " + std::string(name_of(m)) + " on a channel that is not open"});
  if (slot->content.busy()) return tl::unexpected(protocol_error{505, "UNEXPECTED_FRAME - method amid content"});
  if (auto* deliver = std::get_if<basic_deliver>(&m)) {
    slot->return_code = 0;
    slot->content.begin(*deliver, in_.block());
    return {};
  }
  if (auto* returned = std::get_if<basic_return>(&m)) {
    slot->return_code = returned->code;
    slot->return_text = returned->text;
    slot->content.begin(*returned, in_.block());
    return {};
  }
  if (auto* close = std::get_if<channel_close>(&m)) {
    encode::channel_close_ok(out(), channel);
    channel_end why{close->code, std::string(close->text)};
    // When both sides close concurrently, the number is free only after our own close-ok.
    if (slot->user == nullptr) return {};
    if (auto user = channels_.free(channel)) user->on_end(why);
    return {};
  }
  if (slot->user == nullptr) {
    if (std::holds_alternative<channel_close_ok>(m)) channels_.free(channel);
    return {};
  }
  if (auto* flow = std::get_if<channel_flow>(&m)) {
    encode::channel_flow_ok(out(), channel, flow->active);
    return {};
  }
  auto user = slot->user;
  if (!user->on_method(m)) return tl::unexpected(unexpected(name_of(m)));
  return {};
}

connection::fault connection::take_content(const frame& f) {
  auto* slot = channels_.find(f.channel);
  if (slot == nullptr) return tl::unexpected(protocol_error{504, "CHANNEL_ERROR - content on a channel that is not open"});
  auto& content = slot->content;
  auto done = f.kind == frame_kind::header ? content.header(f.payload, in_.block()) : content.body(f.payload, in_.block());
  if (!done) return tl::unexpected(done.error());
  return *done ? deliver(f.channel, std::move(**done)) : fault();
}

connection::fault connection::deliver(std::uint16_t channel, delivery&& message) {
  auto* slot = channels_.find(channel);
  if (slot->user == nullptr || closing_) return {};
  auto user = slot->user;
  bool expected = slot->return_code != 0 ? user->on_return(slot->return_code, slot->return_text, message)
                                         : user->on_delivery(std::move(message));
  return expected ? fault() : fault(tl::unexpected(unexpected("content")));
}

void connection::closed_by_broker(const connection_close& m) {
  auto why = handshake_.explain_close(m);
  encode::connection_close_ok(out());
  end(why);
}

void connection::on_handshake_done() {
  connect_timer_.stop();
  channels_.limit(handshake_.agreed().channel_max);
  heartbeat_.start(std::chrono::seconds(handshake_.agreed().heartbeat), now());
  if (heartbeat_.enabled()) heartbeat_timer_.repeat(heartbeat_.tick_every());
  events_.opened();
}

void connection::beat() {
  auto time = now();
  heartbeat_.tick(time, transport_.paused());
  // Bytes that wait in the socket reach the peer as soon as it reads, so no heartbeat is needed.
  if (heartbeat_.due(time) && transport_.unsent() == 0) append_heartbeat(out());
  if (heartbeat_.peer_dead(time))
    end("no heartbeat from " + where_.host + " for " + std::to_string(2 * heartbeat_.interval().count()) + " ms");
}

void connection::protocol_violation(const protocol_error& what) {
  if (ended_) return;
  if (ready_) encode::connection_close(out(), what.code, what.text);
  end("the broker broke the protocol: " + what.text + " (" + std::to_string(what.code) + ")");
}

void connection::end(const std::string& why) {
  if (ended_) return;
  ended_ = true;
  connect_timer_.stop();
  heartbeat_timer_.stop();
  budget_timer_.stop();
  transport_.finish();
  waiting_.clear();
  for (auto& user : channels_.take_all()) user->on_end({0, why});
  events_.ended(why);
}

}  // namespace millrace::amqp
