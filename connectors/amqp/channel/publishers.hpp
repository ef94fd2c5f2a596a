#pragma once

#include "connectors/amqp/channel/declarations.hpp"
#include "connectors/amqp/channel/publisher_channel.hpp"

#include <map>

namespace millrace::amqp {

/// The publishing channels of a client: one for each queue of the topology, opened with the first publish to it, and a
/// shared one for all other targets, opened with the connection. A target that does not confirm delays only itself.
class publishers {
 public:
  /// `ready`: the shared channel of a connection is in confirm mode.
  publishers(loop_handles& handles, const client_options& options, const topology& what, const declarations& declared,
             std::function<void()> ready, std::mt19937_64& seeds);

  void open(connection& where, std::string user);
  /// Reports all publishes as unknown.
  void abandon(const std::string& why);
  /// Stalled targets do not count against the window.
  std::size_t capacity() const;
  bool publish(const outgoing& message, confirm_callback done);

 private:
  std::shared_ptr<publisher_channel> make(const std::string& queue, std::uint64_t seed);
  bool usable() const { return connection_ != nullptr && connection_->is_open(); }

  loop_handles& handles_;
  const client_options& options_;
  const topology& topology_;
  const declarations& declarations_;
  std::function<void()> ready_;
  connection* connection_ = nullptr;
  std::string user_;
  std::map<std::string, std::shared_ptr<publisher_channel>, std::less<>> by_queue_;
  std::shared_ptr<publisher_channel> shared_;
};

}  // namespace millrace::amqp
