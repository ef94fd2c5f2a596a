#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace millrace::cli {

/// Waits for SIGTERM and SIGINT. Blocks both in the calling thread and in all threads that it starts later; an own thread
/// receives them. The second signal ends the process immediately with code 1; the broker redelivers unfinished deliveries.
class stop_signals {
 public:
  stop_signals();
  ~stop_signals();
  stop_signals(const stop_signals&) = delete;
  stop_signals& operator=(const stop_signals&) = delete;

  /// Blocks until a signal arrives (true) or `notify` is called (false).
  bool wait();
  /// Blocks for up to `time`. True if a signal has arrived.
  bool wait_for(std::chrono::milliseconds time);
  /// Wakes `wait`. Thread-safe.
  void notify();
  /// Ends the process with code 1 if it is still running after `time`; for shutdown.
  void exit_if_stuck(std::chrono::milliseconds time);

 private:
  void listen();

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false;
  bool notified_ = false;
  std::thread thread_;
};

}  // namespace millrace::cli
