#pragma once

#include "connectors/amqp/net/loop_handles.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>

namespace millrace::amqp {

/// A libuv timer. Its function may do anything to it, even destroy it.
class timer {
 public:
  timer(loop_handles& handles, std::function<void()> fire)
      : fire_(std::make_shared<std::function<void()>>(std::move(fire))) {
    handle_.open(handles, this, [&](uv_timer_t* t) { return uv_timer_init(handles.loop(), t); });
  }

  void start(std::chrono::milliseconds after) { start(after, std::chrono::milliseconds(0)); }
  void repeat(std::chrono::milliseconds every) { start(every, every); }
  void stop() { uv_timer_stop(handle_.get()); }
  bool running() const { return uv_is_active(reinterpret_cast<const uv_handle_t*>(handle_.get())) != 0; }

 private:
  using handle = owned_handle<uv_timer_t, timer>;

  void start(std::chrono::milliseconds after, std::chrono::milliseconds every) {
    // The loop's cached time may be as old as the start of the current callback.
    uv_update_time(handle_.get()->loop);
    auto count = [](auto ms) { return static_cast<std::uint64_t>(std::max<std::int64_t>(0, ms.count())); };
    uv_timer_start(
        handle_.get(),
        [](uv_timer_t* t) {
          auto* self = handle::owner_of(t);
          if (self == nullptr) return;
          auto held = self->fire_;
          (*held)();
        },
        count(after), count(every));
  }

  std::shared_ptr<std::function<void()>> fire_;
  handle handle_;
};

}  // namespace millrace::amqp
