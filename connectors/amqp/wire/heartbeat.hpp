#pragma once

#include <chrono>
#include <cstdint>

namespace millrace::amqp {

/// Decides when to send a heartbeat and when the peer is dead. Times are monotonic milliseconds of any origin.
class heartbeat {
 public:
  using milliseconds = std::chrono::milliseconds;

  /// Zero switches both directions off.
  void start(milliseconds interval, milliseconds now) {
    interval_ = interval;
    last_sent_ = last_received_ = last_tick_ = now;
  }
  milliseconds tick_every() const noexcept { return interval_ / 4; }
  void sent(milliseconds now) noexcept { last_sent_ = now; }
  void received(milliseconds now) noexcept { last_received_ = now; }

  /// Call at every tick, before the two queries. `deaf`: the socket is deliberately not read. Neither that nor a stall of
  /// this process counts as silence of the peer.
  void tick(milliseconds now, bool deaf) noexcept {
    if (deaf || now - last_tick_ > interval_) last_received_ = now;
    last_tick_ = now;
  }
  bool due(milliseconds now) const noexcept { return enabled() && now - last_sent_ >= interval_ / 2; }
  bool peer_dead(milliseconds now) const noexcept { return enabled() && now - last_received_ > interval_ * 2; }
  bool enabled() const noexcept { return interval_.count() > 0; }
  milliseconds interval() const noexcept { return interval_; }

 private:
  milliseconds interval_{0};
  milliseconds last_sent_{0};
  milliseconds last_received_{0};
  milliseconds last_tick_{0};
};

}  // namespace millrace::amqp
