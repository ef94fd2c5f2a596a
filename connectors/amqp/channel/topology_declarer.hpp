#pragma once

#include "connectors/amqp/channel/channel_user.hpp"
#include "connectors/amqp/connection.hpp"

#include <functional>

namespace millrace::amqp {

/// Declares a topology on a separate channel, without waiting between declarations, and closes the channel. Answers arrive
/// in order, so a refusal belongs to the first unanswered declaration.
class topology_declarer : public channel_user, public std::enable_shared_from_this<topology_declarer> {
 public:
  /// `finished` gets an empty text, or the refused declaration and the broker's error. Not called if the connection ends.
  using finished = std::function<void(const std::string& refusal)>;

  /// Called for each queue with its number of ready messages; may be empty.
  using queue_declared = std::function<void(const std::string& queue, std::uint32_t ready)>;

  topology_declarer(connection& where, const topology& what, queue_declared each, finished then)
      : connection_(where), what_(what), queue_declared_(std::move(each)), finished_(std::move(then)) {}
  void run();

  bool on_method(const method& m) override;
  void on_end(const channel_end& end) override;

 private:
  std::size_t total() const { return what_.exchanges.size() + what_.queues.size() + what_.bindings.size(); }
  std::string send_all();
  std::string describe(std::size_t index) const;
  void finish(const std::string& refusal);

  connection& connection_;
  const topology& what_;
  queue_declared queue_declared_;
  finished finished_;
  std::uint16_t channel_ = 0;
  std::size_t answered_ = 0;
  bool over_ = false;
};

}  // namespace millrace::amqp
