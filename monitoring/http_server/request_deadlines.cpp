#include "monitoring/http_server/request_deadlines.hpp"

#include <algorithm>
#include <sys/socket.h>
#include <utility>

namespace millrace::monitoring {
namespace {

constexpr std::chrono::seconds room_patience{1};

// The connection's own thread notices the shutdown and closes the socket.
void cut_connection(int socket) { shutdown(socket, SHUT_RDWR); }

}  // namespace

request_deadlines::request_deadlines(std::chrono::milliseconds limit, std::size_t most, drop_counter dropped)
    : limit_(limit),
      most_(most),
      dropped_(std::move(dropped)),
      watcher_([this](const std::stop_token& stopped) { watch(stopped); }) {}

bool request_deadlines::admit(int socket) {
  std::unique_lock lock{mutex_};
  const auto patience = clock::now() + room_patience;
  while (open_.size() >= most_ && make_room() && open_changed_.wait_until(lock, patience) == std::cv_status::no_timeout) {
  }
  const bool room = open_.size() < most_;
  if (room)
    open_[socket] = {};
  else
    dropped_(drop::refused);
  return room;
}

void request_deadlines::opened(int socket) { enter(socket, stage::request); }
void request_deadlines::received(int socket) { enter(socket, stage::handler); }
void request_deadlines::answered(int socket) { enter(socket, stage::answer); }

void request_deadlines::enter(int socket, stage at) {
  const std::lock_guard lock{mutex_};
  const auto found = open_.find(socket);
  if (found == open_.end()) return;
  auto& c = found->second;
  c.at = at;
  c.until = clock::time_point::max();
  if (at != stage::handler) shorten(c, clock::now() + limit_);
  if (at == stage::request && draining_) cut_connection(socket);
  open_changed_.notify_all();
}

void request_deadlines::closed(int socket) {
  const std::lock_guard lock{mutex_};
  open_.erase(socket);
  open_changed_.notify_all();
}

bool request_deadlines::drain(std::chrono::milliseconds patience) {
  std::unique_lock lock{mutex_};
  draining_ = true;
  limit_ = std::min(limit_, patience);
  for (auto& [socket, c] : open_) {
    if (c.at == stage::request) cut_connection(socket);
    if (c.at == stage::answer) shorten(c, clock::now() + limit_);
  }
  return open_changed_.wait_for(lock, patience, [this] { return open_.empty(); });
}

void request_deadlines::shorten(connection& c, clock::time_point until) {
  c.until = std::min(c.until, until);
  if (c.until >= wake_) return;
  wake_ = c.until;
  wake_changed_.notify_all();
}

/// False if no connection can be replaced, because all of them are being answered.
bool request_deadlines::make_room() {
  auto oldest = open_.end();
  bool replaceable = false;
  for (auto it = open_.begin(); it != open_.end(); ++it) {
    const auto& c = it->second;
    if (c.at == stage::handler) continue;
    if (c.cut) return true;
    if (c.at == stage::accepted) replaceable = true;
    if (c.at == stage::request && (oldest == open_.end() || c.until < oldest->second.until)) oldest = it;
  }
  if (oldest == open_.end()) return replaceable;
  dropped_(drop::replaced);
  oldest->second.cut = true;
  cut_connection(oldest->first);
  return true;
}

void request_deadlines::watch(const std::stop_token& stopped) {
  std::unique_lock lock{mutex_};
  while (!stopped.stop_requested()) {
    const auto now = clock::now();
    wake_ = now + std::chrono::hours{1};  // no connections; a new one wakes the thread
    for (auto& [socket, c] : open_) {
      if (c.cut || c.at == stage::accepted || c.at == stage::handler) continue;
      if (c.until > now) {
        wake_ = std::min(wake_, c.until);
        continue;
      }
      if (!draining_) dropped_(drop::timed_out);
      c.cut = true;
      cut_connection(socket);
    }
    wake_changed_.wait_until(lock, stopped, wake_, [this, slept = wake_] { return wake_ != slept; });
  }
}

}  // namespace millrace::monitoring
