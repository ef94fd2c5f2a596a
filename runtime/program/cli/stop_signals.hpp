#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace millrace::cli {

/// SIGTERM and SIGINT as something to wait for. Blocks them in the calling thread and all it starts later; a thread of its
/// own takes them. The second one ends the process at once with code 1: the broker has what is unfinished.
class stop_signals {
 public:
  stop_signals();
  ~stop_signals();
  stop_signals(const stop_signals&) = delete;
  stop_signals& operator=(const stop_signals&) = delete;

  /// Waits for the signal (true) or for one `notify` (false).
  bool wait();
  /// Waits that long at most; true if the signal has come.
  bool wait_for(std::chrono::milliseconds time);
  /// Wakes `wait`. From any thread.
  void notify();
  /// Ends the process if it still runs after that time; for shutdown.
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
