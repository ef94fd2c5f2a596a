#include "monitoring/http_server/workers.hpp"

#include <utility>

namespace millrace::monitoring {

http_workers::http_workers(unsigned threads) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

http_workers::~http_workers() {
  {
    const std::lock_guard lock{mutex_};
    ending_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void http_workers::post(std::function<void()> job) {
  {
    const std::lock_guard lock{mutex_};
    waiting_.push_back(std::move(job));
  }
  changed_.notify_one();
}

std::deque<std::function<void()>> http_workers::take_waiting() {
  const std::lock_guard lock{mutex_};
  return std::exchange(waiting_, {});
}

void http_workers::work() {
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const auto job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    job();
    lock.lock();
  }
}

}  // namespace millrace::monitoring
