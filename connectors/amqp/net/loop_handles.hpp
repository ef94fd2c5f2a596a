#pragma once

#include <uv.h>

#include <cstddef>
#include <functional>
#include <utility>

namespace millrace::amqp {

/// Counts a client's open libuv handles, to detect when the loop has closed the last one. Loop's thread only.
class loop_handles {
 public:
  explicit loop_handles(uv_loop_t* loop) : loop_(loop) {}

  uv_loop_t* loop() const noexcept { return loop_; }
  void opened() noexcept { ++open_; }
  /// Closing the last handle runs the function given to `when_all_closed`, which may destroy this.
  void closed() {
    if (--open_ == 0 && all_closed_) std::exchange(all_closed_, nullptr)();
  }
  /// Called immediately if nothing is open.
  void when_all_closed(std::function<void()> then) {
    if (open_ == 0) return then();
    all_closed_ = std::move(then);
  }

 private:
  uv_loop_t* loop_;
  std::size_t open_ = 0;
  std::function<void()> all_closed_;
};

/// Owns one libuv handle on the heap: it outlives its owner until libuv has closed it.
template <class Handle, class Owner>
class owned_handle {
 public:
  struct block {
    Handle handle;
    Owner* owner;
    loop_handles* handles;
  };

  owned_handle() = default;
  ~owned_handle() { close(); }
  owned_handle(const owned_handle&) = delete;
  owned_handle& operator=(const owned_handle&) = delete;

  /// `init(handle)` is the uv_*_init call; if it fails, nothing is owned.
  template <class Init>
  int open(loop_handles& handles, Owner* owner, Init&& init) {
    close();
    auto* made = new block{{}, owner, &handles};
    if (int failed = init(&made->handle); failed != 0) {
      delete made;
      return failed;
    }
    made->handle.data = made;
    handles.opened();
    block_ = made;
    return 0;
  }

  /// Calls no callback of the owner after this.
  void close() {
    if (block_ == nullptr) return;
    block_->owner = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(&block_->handle), [](uv_handle_t* h) {
      auto* ended = static_cast<block*>(h->data);
      auto* handles = ended->handles;
      delete ended;
      handles->closed();
    });
    block_ = nullptr;
  }

  bool is_open() const noexcept { return block_ != nullptr; }
  Handle* get() const noexcept { return &block_->handle; }
  template <class Any>
  static Owner* owner_of(Any* handle) noexcept {
    return static_cast<block*>(handle->data)->owner;
  }

 private:
  block* block_ = nullptr;
};

}  // namespace millrace::amqp
