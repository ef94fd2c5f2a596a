#include "runtime/program/cli/stop_signals.hpp"

#include <csignal>
#include <cstdlib>
#include <pthread.h>
#include <unistd.h>

namespace millrace::cli {
namespace {

sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGUSR1);  // sent by the destructor to end the listening thread
  return set;
}

}  // namespace

stop_signals::stop_signals() {
  auto set = handled_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::thread{[this] { listen(); }};
}

stop_signals::~stop_signals() {
  pthread_kill(thread_.native_handle(), SIGUSR1);
  thread_.join();
}

void stop_signals::listen() {
  auto set = handled_signals();
  for (int signal = 0; sigwait(&set, &signal) == 0 && signal != SIGUSR1;) {
    std::lock_guard lock{mutex_};
    if (stopped_) ::_exit(1);
    stopped_ = true;
    wake_.notify_all();
  }
}

bool stop_signals::wait() {
  std::unique_lock lock{mutex_};
  wake_.wait(lock, [this] { return stopped_ || notified_; });
  notified_ = false;
  return stopped_;
}

bool stop_signals::wait_for(std::chrono::milliseconds time) {
  std::unique_lock lock{mutex_};
  return wake_.wait_for(lock, time, [this] { return stopped_; });
}

void stop_signals::notify() {
  std::lock_guard lock{mutex_};
  notified_ = true;
  wake_.notify_all();
}

void stop_signals::exit_if_stuck(std::chrono::milliseconds time) {
  std::thread{[time] {
    std::this_thread::sleep_for(time);
    ::_exit(1);
  }}.detach();
}

}  // namespace millrace::cli
