#pragma once

#include "connectors/amqp/backoff.hpp"
#include "connectors/amqp/channel/channel_user.hpp"
#include "connectors/amqp/channel/confirm_tracker.hpp"
#include "connectors/amqp/connection.hpp"

#include <deque>
#include <functional>

namespace millrace::amqp {

/// Implemented by the set of publishing channels.
struct publisher_hooks {
  /// The wait after a channel closed by the broker has elapsed.
  std::function<void()> wants_channel;
  /// The channel is in confirm mode.
  std::function<void()> ready;
  /// The broker has not answered channel.open or confirm.select in time.
  std::function<void(const std::string& why)> unanswered;
};

/// A publishing channel in confirm mode, for one target. Publishes are sent in order: up to `window` unconfirmed ones, the
/// rest from a queue as confirms arrive. If the broker closes the channel, all of them are unknown, and it is opened again.
/// So is a channel without any confirm for three seconds, then six, up to a minute: RabbitMQ 3.10 may block a channel for
/// ever that publishes to a queue without a leader, and serves a new one at once when there is a leader.
/// While such a channel owes RabbitMQ 400 messages, the broker reads nothing from the connection, not even the opening of
/// the new channel: without an answer for five seconds, the connection is given up. A channel with a refused publish is
/// renewed, at most once a second and without an unknown publish: it sends nothing more until all are answered, then opens
/// anew. RabbitMQ 3.10 looks up a queue's leader at the channel's first publish to it. If that leader is down, the channel
/// refuses all publishes to the queue until it is back, though the queue has a new leader. So that none of these refusals is
/// followed by an acceptance, which would change the order, the window is 1 until the channel's first accepted publish.
class publisher_channel : public channel_user, public std::enable_shared_from_this<publisher_channel> {
 public:
  /// `target` names the destination in messages. With `gives_up`, a channel without any confirm for a second refuses what is
  /// not sent yet and all further publishes, until a confirm arrives.
  publisher_channel(loop_handles& handles, std::string target, std::size_t window, bool gives_up, publisher_hooks hooks,
                    std::uint64_t seed);

  /// Does nothing if the channel is open.
  void open(connection& where, std::string user);
  /// Reports all publishes as unknown.
  void abandon(const std::string& why);
  /// Publishes that are not answered. The unconfirmed ones of a stalled channel do not count.
  std::size_t outstanding() const noexcept { return (stalled_ ? 0 : confirms_.open() + queued_.size()) + answers_.size(); }
  /// The broker has closed the channel; it is opened again after a wait.
  bool waiting() const { return retry_.running(); }
  /// `done` is called once, never before this function returns.
  void publish(const outgoing& message, confirm_callback done);
  /// Answers without sending.
  void answer_later(confirm_callback done, confirm what, std::string why);

  bool on_method(const method& m) override;
  bool on_return(std::uint16_t code, std::string_view text, const delivery& message) override;
  void on_end(const channel_end& end) override;

 private:
  struct owned_message {
    std::string exchange, routing_key;
    properties props;
    std::string body;
    confirm_callback done;
  };

  bool may_send() const { return confirming_ && !renewing_ && confirms_.open() < (accepting_ ? window_ : 1); }
  void send(const outgoing& message, confirm_callback done);
  void send_queued();
  bool settle(std::uint64_t number, bool multiple, confirm what);
  std::string impossible(const outgoing& message) const;
  void append(std::string& out, const outgoing& message) const;
  void progressed();
  void check_progress();
  void replace();
  void renew_soon();
  void renew();
  std::string no_answer() const;
  std::string no_progress(std::chrono::milliseconds passed) const;
  confirm_tracker::settlements take_queued(const std::string& why);
  static void report(confirm_tracker::settlements ended);

  const std::string target_;
  const std::size_t window_;
  const bool gives_up_;
  publisher_hooks hooks_;
  backoff backoff_;
  timer retry_;
  timer answer_timer_;
  timer progress_timer_;
  timer renewal_timer_;
  confirm_tracker confirms_;
  std::deque<owned_message> queued_;
  confirm_tracker::settlements answers_;
  connection* connection_ = nullptr;
  std::string user_;
  std::chrono::milliseconds replace_after_;
  std::uint64_t progress_ns_ = 0;  ///< time of the latest confirm or opening, or of a publish when nothing was outstanding
  std::uint64_t opened_ns_ = 0;
  std::uint16_t channel_ = 0;
  bool confirming_ = false;
  bool accepting_ = false;  ///< a publish of this channel was accepted
  bool stalled_ = false;
  bool renewing_ = false;  ///< a publish was refused; the channel is renewed once all are answered
};

}  // namespace millrace::amqp
