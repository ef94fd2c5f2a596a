#pragma once

#include "tests/chaos/proxy/faults.hpp"

#include <uv.h>

#include <deque>
#include <functional>
#include <random>
#include <string>
#include <string_view>

namespace millrace::test {

/// One direction of a proxied connection: a bounded queue of bytes on their way to a socket, and what goes wrong with them.
/// On the proxy's thread only.
class lane {
 public:
  struct events {
    std::function<void()> room;   ///< the queue is no longer full
    std::function<void()> reset;  ///< `reset_at` is reached
    std::function<void()> lost;   ///< the socket takes nothing any more
    std::function<void()> ended;  ///< everything is sent, and the socket's sending side was ended
  };

  /// `sink` and `timer` are open handles of the owner, whose data pointers belong to it.
  lane(uv_tcp_t& sink, uv_timer_t& timer, std::minstd_rand& random, events tell);

  void set(const lane_faults& faults);
  void push(std::string_view bytes);
  /// Takes nothing more, and ends the socket's sending side once everything is sent.
  void finish();
  /// The same without faults, whatever is set.
  void finish_now();
  /// Does nothing any more: the socket is being closed.
  void stop() { stopped_ = true; }
  bool full() const { return queued_ > 256 * 1024; }
  std::uint64_t forwarded() const { return forwarded_; }

 private:
  struct segment {
    std::uint64_t due;  ///< in the loop's milliseconds
    std::string bytes;
    std::size_t sent = 0;
  };
  void pump();
  void wait_until(std::uint64_t due);
  void write(std::string bytes);
  void written(int status);
  std::string next_write();
  void end_if_empty();

  uv_tcp_t& sink_;
  uv_timer_t& timer_;
  std::minstd_rand& random_;
  events tell_;
  lane_faults faults_;
  std::deque<segment> queue_;
  std::size_t queued_ = 0;
  std::uint64_t since_set_ = 0, forwarded_ = 0;
  std::uint64_t free_at_ = 0;  ///< when the bandwidth allows the next write
  bool writing_ = false, finishing_ = false, finished_ = false, stopped_ = false;
};

}  // namespace millrace::test
