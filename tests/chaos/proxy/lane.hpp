#pragma once

#include "tests/chaos/proxy/faults.hpp"

#include <uv.h>

#include <deque>
#include <functional>
#include <random>
#include <string>
#include <string_view>

namespace millrace::test {

/// One direction of a proxied connection: a bounded queue of bytes for a socket, and their faults.
/// On the proxy's thread only.
class lane {
 public:
  struct events {
    std::function<void()> room;   ///< the queue is no longer full
    std::function<void()> reset;  ///< `reset_at` is reached
    std::function<void()> lost;   ///< the socket has failed
    std::function<void()> ended;  ///< everything is sent, and the socket's sending side is shut down
  };

  /// `sink` and `timer` are open handles of the owner, which also uses their data pointers.
  lane(uv_tcp_t& sink, uv_timer_t& timer, std::minstd_rand& random, events report);

  void set(const lane_faults& faults);
  void push(std::string_view bytes);
  /// Accepts no more bytes, and shuts down the socket's sending side once everything is sent.
  void finish();
  /// As `finish`, without the faults that are set.
  void finish_now();
  /// Disables the lane, because the socket is being closed.
  void stop() { stopped_ = true; }
  bool full() const { return queued_ > 256 * 1024; }
  std::uint64_t forwarded() const { return forwarded_; }

 private:
  struct segment {
    std::uint64_t due;  ///< in milliseconds of the loop's clock
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
  events events_;
  lane_faults faults_;
  std::deque<segment> queue_;
  std::size_t queued_ = 0;
  std::uint64_t since_set_ = 0, forwarded_ = 0;
  std::uint64_t free_at_ = 0;  ///< when the bandwidth allows the next write
  bool writing_ = false, finishing_ = false, finished_ = false, stopped_ = false;
};

}  // namespace millrace::test
