#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace millrace::monitoring {

/// Threads that execute handlers, with a first-in first-out queue. Thread-safe.
class http_workers {
 public:
  explicit http_workers(unsigned threads);
  /// Completes queued jobs first.
  ~http_workers();
  http_workers(const http_workers&) = delete;
  http_workers& operator=(const http_workers&) = delete;

  /// `job` must not throw.
  void post(std::function<void()> job);
  /// Removes the jobs that no thread has started.
  std::deque<std::function<void()>> take_waiting();

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace millrace::monitoring
