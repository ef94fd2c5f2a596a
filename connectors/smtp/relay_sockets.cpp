#include "connectors/smtp/relay_sockets.hpp"

#include <sys/socket.h>
#include <unistd.h>

namespace millrace::smtp {

void relay_sockets::stop() {
  stopping_ = true;
  const std::lock_guard lock{mutex_};
  for (const auto socket : open_) shutdown(socket, SHUT_RDWR);
}

curl_socket_t relay_sockets::open(void* self, curlsocktype, curl_sockaddr* address) noexcept {
  auto& me = *static_cast<relay_sockets*>(self);
  const std::lock_guard lock{me.mutex_};
  if (me.stopping_) return CURL_SOCKET_BAD;
  const curl_socket_t opened = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (opened != CURL_SOCKET_BAD) me.open_.insert(opened);
  return opened;
}

int relay_sockets::close(void* self, curl_socket_t socket) noexcept {
  auto& me = *static_cast<relay_sockets*>(self);
  const std::lock_guard lock{me.mutex_};  // stop() must not shut down a descriptor that was reused
  me.open_.erase(socket);
  return ::close(socket);
}

}  // namespace millrace::smtp
