#pragma once

#include "connectors/amqp/backoff.hpp"
#include "connectors/amqp/channel/consumer_channel.hpp"
#include "connectors/amqp/channel/declarations.hpp"
#include "connectors/amqp/channel/publishers.hpp"
#include "connectors/amqp/client.hpp"
#include "connectors/amqp/connection.hpp"

#include <map>

namespace millrace::amqp {

/// Maintains one connection and provides it to the channels. States: stopped, waiting for the next attempt,
/// connecting, waiting for the declarations, up, stopping.
class client::impl {
 public:
  impl(uv_loop_t* loop, client_options options, topology declare, client_events events);

  void start();
  void stop(std::chrono::milliseconds grace, std::function<void()> stopped);
  subscription_id subscribe(subscription_options options, subscription_events events);
  void unsubscribe(subscription_id id);
  std::shared_ptr<consumer_channel> consumer(subscription_id id) const;
  std::size_t publish_capacity() const;
  bool publish(const outgoing& message, confirm_callback done);
  bool connected() const noexcept { return up_; }
  bool blocked() const noexcept { return blocked_; }

 private:
  /// Connected and not closing.
  bool usable() const { return !stopping_ && connection_ && connection_->is_open(); }
  void connect();
  void opened();
  void part_ready();
  void queue_exists(const std::string& queue);
  void declaration_changed(const declaration_result& result);
  void ended(const std::string& why);
  void set_blocked(bool blocked, const std::string& why);
  void serve(subscription_id id, bool declare_first);
  void serve(consumer_channel& which, bool declare_first);
  void tear_down();
  std::vector<std::shared_ptr<consumer_channel>> consumers() const;

  const client_options options_;
  const topology topology_;
  client_events events_;
  loop_handles handles_;
  std::shared_ptr<byte_counter> counter_ = std::make_shared<byte_counter>();
  std::mt19937_64 random_;
  backoff backoff_;
  std::unique_ptr<timer> connect_timer_;  ///< until the next attempt
  std::unique_ptr<timer> declare_timer_;  ///< until `up` no longer waits for declarations
  std::unique_ptr<timer> open_timer_;     ///< until the publishing channel must be open
  std::unique_ptr<timer> stop_timer_;
  std::unique_ptr<connection> connection_;  ///< replaced only by connect_timer_, never from its own callbacks
  std::unique_ptr<declarations> declarations_;
  std::unique_ptr<publishers> publishers_;
  std::map<subscription_id, std::shared_ptr<consumer_channel>> consumers_;
  std::uint32_t last_subscription_ = 0;
  std::size_t host_ = 0;
  bool declared_ = false;         ///< on this connection, or no longer waited for
  bool publisher_ready_ = false;  ///< the shared publishing channel of this connection
  std::uint64_t up_since_ = 0;
  bool started_ = false;
  bool stopping_ = false;
  bool up_ = false;
  bool blocked_ = false;
  std::function<void()> stopped_;
};

}  // namespace millrace::amqp
