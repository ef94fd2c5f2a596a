#include "runtime/supervision/event_loop.hpp"

#include <uv.h>

#include <csignal>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace millrace::supervision {
namespace {

void check(int status, const char* what) {
  if (status < 0) throw std::runtime_error(std::string{what} + ": " + uv_strerror(status));
}

}  // namespace

struct event_loop::state {
  uv_loop_t loop{};
  uv_async_t wake{};
  std::mutex mutex;
  std::vector<job> jobs;  // guarded by mutex; bounded, because its producers are bounded by credit
  bool stopping = false;  // guarded by mutex
  std::thread thread;

  void run() noexcept;
  void close_all();
  // noexcept: an exception that escapes a job terminates the process here, with its message, instead of unwinding libuv's C
  // code.
  static void on_wake(uv_async_t* handle) noexcept;
};

void event_loop::state::on_wake(uv_async_t* handle) noexcept {
  auto& self = *static_cast<state*>(handle->data);
  std::vector<job> taken;
  bool stop = false;
  {
    const std::lock_guard lock{self.mutex};
    taken.swap(self.jobs);
    stop = self.stopping;
  }
  if (stop) {
    taken.clear();
    self.close_all();
    return;
  }
  for (auto& j : taken) std::exchange(j, nullptr)();
}

void event_loop::state::close_all() {
  uv_walk(
      &loop,
      [](uv_handle_t* handle, void*) {
        if (!uv_is_closing(handle)) uv_close(handle, nullptr);
      },
      nullptr);
}

void event_loop::state::run() noexcept {
  // A peer that closes its connection must cause a failed write, not the end of the process.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);

  uv_run(&loop, UV_RUN_DEFAULT);
  // Close callbacks may have opened further handles, which are closed as well.
  while (uv_loop_close(&loop) == UV_EBUSY) {
    close_all();
    uv_run(&loop, UV_RUN_DEFAULT);
  }
}

event_loop::event_loop() : state_(std::make_unique<state>()) {
  check(uv_loop_init(&state_->loop), "cannot start the event loop");
  if (const int status = uv_async_init(&state_->loop, &state_->wake, &state::on_wake); status < 0) {
    uv_loop_close(&state_->loop);
    check(status, "cannot start the event loop");
  }
  state_->wake.data = state_.get();
  state_->thread = std::thread{[s = state_.get()] { s->run(); }};
}

event_loop::~event_loop() {
  {
    const std::lock_guard lock{state_->mutex};
    state_->stopping = true;
    uv_async_send(&state_->wake);
  }
  state_->thread.join();
}

void event_loop::post(job j) {
  const std::lock_guard lock{state_->mutex};
  if (state_->stopping) return;  // the async handle may be closed
  state_->jobs.push_back(std::move(j));
  if (state_->jobs.size() == 1) uv_async_send(&state_->wake);
}

void event_loop::run_and_wait(const job& j) {
  if (std::this_thread::get_id() == state_->thread.get_id()) return j();
  // If the loop stops first, it drops the job and with it the promise, which ends the wait.
  auto done = std::make_shared<std::promise<void>>();
  const auto ended = done->get_future();
  post([&j, done = std::move(done)] {
    j();
    done->set_value();
  });
  ended.wait();
}

uv_loop_s* event_loop::uv() noexcept { return &state_->loop; }

}  // namespace millrace::supervision
