#include "connectors/amqp/channel/declaration.hpp"

#include "connectors/amqp/wire/encode.hpp"

namespace millrace::amqp {
namespace {

constexpr std::uint16_t access_refused = 403;

std::string describe_binding(const binding_declaration& each) {
  return "binding of queue '" + each.queue + "' to exchange '" + each.exchange + "' by '" + each.routing_key + "'";
}

std::string coded(const channel_end& end) { return end.why + " (" + std::to_string(end.code) + ")"; }

}  // namespace

declaration::declaration(loop_handles& handles, const client_options& options, entity what,
                         std::vector<binding_declaration> bindings, declaration_hooks hooks, std::uint64_t seed)
    : options_(options),
      what_(std::move(what)),
      bindings_(std::move(bindings)),
      hooks_(std::move(hooks)),
      backoff_(options_.declare_retry_min, options_.declare_retry_max, seed),
      retry_(handles,
             [this] {
               if (connection_ != nullptr && connection_->is_open()) open(*connection_);
             }),
      patience_(handles, [this] {
        auto self = shared_from_this();
        close_channel();
        refused(0, "cannot declare " + describe() + ": no answer within " + std::to_string(options_.answer_timeout.count()) +
                       " ms");
      }) {
  result_ = {name(), is_queue(), 0, {}, {}};
}

const std::string& declaration::name() const {
  return std::visit([](const auto& each) -> const std::string& { return each.name; }, what_);
}

void declaration::open(connection& where) {
  if (channel_ != 0) return;
  connection_ = &where;
  retry_.stop();
  attempt_ = {name(), is_queue(), 0, {}, {}};
  bound_ = 0;
  declared_ = false;
  not_permitted_.clear();
  if (!begin(false)) return;
  patience_.start(options_.answer_timeout);
}

void declaration::allow_bindings() {
  if (std::exchange(bindings_allowed_, true)) return;
  if (channel_ != 0 && declared_) bind();
}

void declaration::quit() {
  retry_.stop();
  patience_.stop();
  channel_ = 0;
  connection_ = nullptr;
  bindings_allowed_ = exists_ = answered_ = false;
}

bool declaration::open_channel() {
  binding_ = false;
  channel_ = connection_->open_channel(shared_from_this());
  if (channel_ == 0) refused(0, "cannot declare " + describe() + ": the broker allows no more channels");
  return channel_ != 0;
}

/// False: impossible, and reported so.
bool declaration::begin(bool passive) {
  passive_ = passive;
  if (!open_channel()) return false;
  if (send_declaration(passive)) return true;
  close_channel();
  refused(0, "cannot declare " + describe() + ": its name or arguments are too long");
  return false;
}

bool declaration::send_declaration(bool passive) {
  std::string frames;
  bool encoded = false;
  if (auto* queue = std::get_if<queue_declaration>(&what_)) {
    auto each = *queue;
    each.passive |= passive;
    encoded = encode::queue_declare(frames, channel_, each);
  } else {
    auto each = std::get<exchange_declaration>(what_);
    each.passive |= passive;
    encoded = encode::exchange_declare(frames, channel_, each);
  }
  if (!encoded || frames.size() > connection_->frame_max()) return false;
  connection_->out().append(frames);
  return true;
}

bool declaration::on_method(const method& m) {
  if (channel_ == 0 || std::holds_alternative<channel_open_ok>(m)) return true;  // 0: quit
  if (binding_) {
    if (!std::holds_alternative<queue_bind_ok>(m) || bound_ >= bindings_.size()) return false;
    if (++bound_ == bindings_.size()) finish();
    return true;
  }
  auto* queue = std::get_if<queue_declare_ok>(&m);
  if (declared_ || (is_queue() ? queue == nullptr : !std::holds_alternative<exchange_declare_ok>(m))) return false;
  declared_ = exists_ = true;
  if (passive_) attempt_.unchecked = not_permitted_;
  auto self = shared_from_this();
  if (queue != nullptr && hooks_.counted) hooks_.counted(name(), queue->ready);
  if (bindings_.empty()) {
    finish();
    return true;
  }
  hooks_.changed(*this);
  if (bindings_allowed_ && channel_ != 0 && !binding_) bind();
  return true;
}

/// Sends the bindings that have not been answered. A refusal closes the channel; the rest continue on a new one.
void declaration::bind() {
  std::string frames;
  for (auto i = bound_; i < bindings_.size(); ++i) {
    if (encode::queue_bind(frames, channel_, bindings_[i])) continue;
    close_channel();
    return refused(0, "cannot declare " + describe_binding(bindings_[i]) + ": a name or key is longer than 255 bytes");
  }
  binding_ = true;
  connection_->out().append(frames);
}

void declaration::on_end(const channel_end& end) {
  if (std::exchange(channel_, std::uint16_t{0}) == 0) return;  // quit
  if (end.code == 0) return quit();
  auto self = shared_from_this();
  if (!declared_) {
    if (end.code == access_refused && !passive_) {
      not_permitted_ = coded(end);
      begin(true);
      return;
    }
    exists_ = false;
    auto why = "cannot declare " + describe() + ": " + coded(end);
    if (!not_permitted_.empty()) why += "; the user may not declare it either: " + not_permitted_;
    return refused(end.code, why);
  }
  if (binding_ && bound_ < bindings_.size()) {
    auto& each = bindings_[bound_++];
    auto why = "cannot declare " + describe_binding(each) + ": " + coded(end);
    if (end.code == access_refused) {
      attempt_.unchecked = why;
    } else if (attempt_.problem.empty()) {
      attempt_.code = end.code;
      attempt_.problem = why;
    }
  } else if (attempt_.problem.empty()) {
    attempt_.code = end.code;
    attempt_.problem = "channel for " + describe() + " closed by the broker: " + coded(end);
  }
  if (bound_ == bindings_.size()) return finish();
  if (open_channel() && bindings_allowed_) bind();
}

void declaration::finish() {
  auto self = shared_from_this();
  close_channel();
  if (!attempt_.problem.empty()) return refused(attempt_.code, std::string(attempt_.problem));
  patience_.stop();
  backoff_.reset();
  answered_ = true;
  result_ = attempt_;
  hooks_.changed(*this);
}

void declaration::refused(std::uint16_t code, const std::string& why) {
  patience_.stop();
  attempt_.code = code;
  attempt_.problem = why;
  answered_ = true;
  result_ = attempt_;
  retry_.start(backoff_.next());
  hooks_.changed(*this);
}

void declaration::close_channel() {
  if (channel_ != 0) connection_->close_channel(std::exchange(channel_, std::uint16_t{0}), "declared");
}

std::string declaration::describe() const { return (is_queue() ? "queue '" : "exchange '") + name() + "'"; }

}  // namespace millrace::amqp
