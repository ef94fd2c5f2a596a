#include "monitoring/http_server/request_deadlines.hpp"

#include <algorithm>
#include <sys/socket.h>

namespace millrace::monitoring {
namespace {

// The connection's own thread notices the shutdown and closes the socket.
void cut_connection(int socket) { shutdown(socket, SHUT_RDWR); }

}  // namespace

request_deadlines::request_deadlines(std::chrono::milliseconds limit, std::size_t most)
    : limit_(limit), most_(most), watcher_([this](const std::stop_token& stopped) { watch(stopped); }) {}

void request_deadlines::due(connection& c, stage at) {
  c.at = at;
  c.until = clock::now() + limit_;
  if (at == stage::handler || c.until >= wake_) return;
  wake_ = c.until;
  changed_.notify_all();
}

void request_deadlines::opened(int socket) {
  const std::lock_guard lock{mutex_};
  if (open_.size() >= most_) cut_oldest();
  due(open_[socket] = {}, stage::request);
  if (draining_) cut_connection(socket);
}

void request_deadlines::received(int socket) {
  const std::lock_guard lock{mutex_};
  if (const auto it = open_.find(socket); it != open_.end()) due(it->second, stage::handler);
}

void request_deadlines::answered(int socket) {
  const std::lock_guard lock{mutex_};
  if (const auto it = open_.find(socket); it != open_.end()) due(it->second, stage::answer);
}

void request_deadlines::closed(int socket) {
  const std::lock_guard lock{mutex_};
  open_.erase(socket);
  if (draining_) changed_.notify_all();
}

void request_deadlines::drain() {
  std::unique_lock lock{mutex_};
  draining_ = true;
  for (const auto& [socket, c] : open_)
    if (c.at == stage::request) cut_connection(socket);
  changed_.wait(lock, [this] { return open_.empty(); });
}

void request_deadlines::cut_oldest() {
  auto oldest = open_.end();
  for (auto it = open_.begin(); it != open_.end(); ++it)
    if (it->second.at == stage::request && !it->second.cut &&
        (oldest == open_.end() || it->second.until < oldest->second.until))
      oldest = it;
  if (oldest == open_.end()) return;
  cut_connection(oldest->first);
  oldest->second.cut = true;
}

void request_deadlines::watch(const std::stop_token& stopped) {
  std::unique_lock lock{mutex_};
  while (!stopped.stop_requested()) {
    const auto now = clock::now();
    wake_ = now + std::chrono::hours{1};  // no connections; a new one wakes the thread
    for (auto& [socket, c] : open_) {
      if (c.cut || c.at == stage::handler) continue;
      if (c.until > now) {
        wake_ = std::min(wake_, c.until);
        continue;
      }
      cut_connection(socket);
      c.cut = true;
    }
    changed_.wait_until(lock, stopped, wake_, [this, slept = wake_] { return wake_ != slept; });
  }
}

}  // namespace millrace::monitoring
