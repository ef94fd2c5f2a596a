#include "connectors/postgres/session/stalled_connection_guard.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <thread>

namespace millrace::postgres {
namespace {

using namespace std::chrono_literals;
constexpr auto poll_interval = 1'000ms;

/// True if the last event on the socket was our sending, at least `limit` ago.
bool silent(int socket, std::chrono::milliseconds limit) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  return info.tcpi_last_data_sent < info.tcpi_last_data_recv && info.tcpi_last_data_sent > limit.count();
}

/// One thread for all connections of the process, started with the first guarded one.
class watcher {
 public:
  static watcher& get() {
    static watcher the;
    return the;
  }

  void add(const stalled_connection_guard* who, int socket, std::chrono::milliseconds limit) {
    const std::lock_guard lock{mutex_};
    watched_[who] = {socket, limit};
    if (watched_.size() == 1) wake_.notify_one();
  }
  void remove(const stalled_connection_guard* who) {
    const std::lock_guard lock{mutex_};
    watched_.erase(who);
  }

 private:
  struct entry {
    int socket;
    std::chrono::milliseconds limit;
  };

  watcher() : thread_([this] { run(); }) {}
  ~watcher() {
    {
      const std::lock_guard lock{mutex_};
      stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  void run() {
    std::unique_lock lock{mutex_};
    while (!stopping_) {
      if (watched_.empty())
        wake_.wait(lock, [this] { return stopping_ || !watched_.empty(); });
      else
        wake_.wait_for(lock, poll_interval, [this] { return stopping_; });
      for (auto& [who, e] : watched_)
        if (silent(e.socket, e.limit)) ::shutdown(e.socket, SHUT_RDWR);
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<const stalled_connection_guard*, entry> watched_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

stalled_connection_guard::stalled_connection_guard(int socket, std::chrono::milliseconds limit) {
  watcher::get().add(this, socket, limit);
}
stalled_connection_guard::~stalled_connection_guard() { watcher::get().remove(this); }

}  // namespace millrace::postgres
