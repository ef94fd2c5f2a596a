#include "connectors/amqp/channel/consumer_channel.hpp"

#include "connectors/amqp/wire/encode.hpp"

namespace millrace::amqp {
namespace {

constexpr std::chrono::milliseconds resubscribe_min{20}, resubscribe_max{5'000};
constexpr std::uint16_t not_found = 404;

}  // namespace

consumer_channel::consumer_channel(loop_handles& handles, const client_options& client, subscription_options options,
                                   subscription_events events, consumer_hooks hooks, std::uint64_t seed)
    : client_(client),
      options_(std::move(options)),
      events_(std::move(events)),
      hooks_(std::move(hooks)),
      backoff_(resubscribe_min, resubscribe_max, seed),
      retry_(handles,
             [this] {
               auto self = weak_from_this().lock();
               hooks_.wants_channel(missing_);
             }),
      patience_(handles, [this] {
        if (channel_ == 0) return;
        auto why = "the broker has not registered a consumer of queue '" + options_.queue + "' within " +
                   std::to_string(client_.answer_timeout.count()) + " ms: has the queue a majority of its members?";
        if (options_.ordered) return connection_->abort(why);  // on_end follows
        connection_->close_channel(channel_, "no answer to basic.consume");
        interrupted(why, false);
      }) {}

void consumer_channel::open(connection& where) {
  if (channel_ != 0 || cancelled_ || silent_) return;
  retry_.stop();
  epoch_ = hooks_.next_epoch();
  consumer_tag_ = "millrace-" + std::to_string(static_cast<std::uint64_t>(epoch_));
  channel_ = where.open_channel(shared_from_this());
  if (channel_ == 0) return interrupted("the broker allows no more channels", false);
  connection_ = &where;
  encode::basic_qos(where.out(), channel_, options_.prefetch);
  std::string consume;
  if (encode::basic_consume(consume, channel_, options_.queue, consumer_tag_)) {
    where.out().append(consume);
    patience_.start(client_.answer_timeout);
    return;
  }
  where.close_channel(channel_, "no such queue name");
  interrupted("the queue's name is longer than 255 bytes", false);
}

void consumer_channel::unavailable(const std::string& why) {
  if (channel_ != 0 || cancelled_ || silent_) return;
  if (events_.interrupted) events_.interrupted(epoch_, why);
}

void consumer_channel::cancel() {
  cancelled_ = true;
  retry_.stop();
  patience_.stop();
  if (channel_ != 0) encode::basic_cancel(connection_->out(), channel_, consumer_tag_);
}

void consumer_channel::quit() {
  silent_ = true;
  retry_.stop();
  patience_.stop();
  batch_.clear();
  if (channel_ == 0) return;
  if (options_.ordered) return void(channel_ = 0);  // the connection's end returns the deliveries
  if (!cancelled_) encode::basic_cancel(connection_->out(), channel_, consumer_tag_);
  connection_->close_channel(std::exchange(channel_, std::uint16_t{0}), "unsubscribed");
}

void consumer_channel::ack(channel_epoch epoch, delivery_tag tag, bool multiple) {
  if (!current(epoch)) return;
  encode::basic_ack(connection_->out(), channel_, static_cast<std::uint64_t>(tag), multiple);
  connection_->check_budget();
}

void consumer_channel::reject(channel_epoch epoch, delivery_tag tag, bool requeue) {
  if (!current(epoch)) return;
  encode::basic_reject(connection_->out(), channel_, static_cast<std::uint64_t>(tag), requeue);
  connection_->check_budget();
}

bool consumer_channel::on_method(const method& m) {
  if (silent_) return true;  // an ordered consumer's channel stays open until its connection ends
  if (std::holds_alternative<channel_open_ok>(m) || std::holds_alternative<basic_qos_ok>(m)) return true;
  if (std::holds_alternative<basic_consume_ok>(m)) {
    consuming();
    return true;
  }
  auto* cancelled = std::get_if<basic_cancel>(&m);
  if (cancelled == nullptr) return false;
  if (!cancelled->no_wait) encode::basic_cancel_ok(connection_->out(), channel_, cancelled->consumer_tag);
  if (cancelled_) return true;  // our basic.cancel crossed the deletion of the queue; settling still works
  if (options_.ordered) {
    connection_->close();  // on_end follows
    return true;
  }
  // RabbitMQ 3.10 may fail a channel on which a cancelled consumer is registered again with deliveries in flight.
  connection_->close_channel(channel_, "consumer was cancelled");
  interrupted("the broker cancelled the consumer of queue '" + options_.queue + "': queue deleted or its leader lost", true);
  return true;
}

void consumer_channel::consuming() {
  if (consuming_ || cancelled_) return;
  consuming_ = true;
  patience_.stop();
  backoff_.reset();
  if (events_.consuming) events_.consuming(epoch_);
}

bool consumer_channel::on_delivery(delivery&& message) {
  if (silent_) return true;
  if (cancelled_) {
    // Sent before the broker received the cancel: requeue it for another consumer.
    reject(epoch_, message.tag, true);
    return true;
  }
  consuming();                             // a quorum queue's first message may overtake consume-ok
  if (cancelled_ || silent_) return true;  // set by the event
  if (batch_.empty()) connection_->at_read_end(shared_from_this());
  batch_.push_back(std::move(message));
  return true;
}

void consumer_channel::on_read_end() {
  auto batch = std::exchange(batch_, {});
  if (!batch.empty() && events_.deliveries) events_.deliveries(epoch_, std::move(batch));
}

void consumer_channel::on_end(const channel_end& end) {
  if (silent_) {
    channel_ = 0;
    return;
  }
  auto why = end.code == 0 ? end.why
                           : "channel of queue '" + options_.queue + "' closed by the broker: " + end.why + " (" +
                                 std::to_string(end.code) + ")";
  // A lost connection is retried by the client, so a timer here would be useless.
  interrupted(why, end.code == not_found);
  if (end.code == 0) retry_.stop();
}

void consumer_channel::interrupted(const std::string& why, bool missing) {
  channel_ = 0;
  connection_ = nullptr;
  consuming_ = false;
  patience_.stop();
  batch_.clear();
  missing_ = missing;
  if (!cancelled_) retry_.start(backoff_.next());
  if (events_.interrupted) events_.interrupted(epoch_, why);
}

}  // namespace millrace::amqp
