#include "connectors/amqp/client.hpp"

#include "connectors/amqp/client_impl.hpp"

namespace millrace::amqp {

client::client(uv_loop_s* loop, client_options options, topology declare, client_events events)
    : impl_(std::make_unique<impl>(loop, std::move(options), std::move(declare), std::move(events))) {}
client::~client() = default;

void client::start() { impl_->start(); }
void client::stop(std::chrono::milliseconds grace, std::function<void()> stopped) { impl_->stop(grace, std::move(stopped)); }

subscription_id client::subscribe(subscription_options options, subscription_events events) {
  return impl_->subscribe(std::move(options), std::move(events));
}
void client::unsubscribe(subscription_id id) { impl_->unsubscribe(id); }
void client::cancel(subscription_id id) {
  if (auto found = impl_->consumer(id)) found->cancel();
}
void client::ack(subscription_id id, channel_epoch epoch, delivery_tag tag, bool multiple) {
  if (auto found = impl_->consumer(id)) found->ack(epoch, tag, multiple);
}
void client::reject(subscription_id id, channel_epoch epoch, delivery_tag tag, bool requeue) {
  if (auto found = impl_->consumer(id)) found->reject(epoch, tag, requeue);
}

std::size_t client::publish_capacity() const { return impl_->publish_capacity(); }
bool client::publish(const outgoing& message, confirm_callback done) { return impl_->publish(message, std::move(done)); }
bool client::connected() const { return impl_->connected(); }
bool client::blocked() const { return impl_->blocked(); }

}  // namespace millrace::amqp
