#include "monitoring/http_server/acceptor.hpp"

#include <cerrno>
#include <chrono>

namespace millrace::monitoring {

void http_acceptor::start(sink taken) {
  thread_ = std::thread{[this, taken = std::move(taken)] { accept_all(taken); }};
}

void http_acceptor::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  shutdown(listening_.fd(), SHUT_RDWR);  // ends the current or next accept
  thread_.join();
}

void http_acceptor::accept_all(const sink& taken) {
  while (!stopping_) {  // without a free descriptor, accept does not report the shutdown
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    auto* address = reinterpret_cast<sockaddr*>(&peer);
    const int socket = accept4(listening_.fd(), address, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket >= 0)
      taken(socket, address, size);
    else if (errno == EINVAL)
      return;  // shut down
    else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
      std::this_thread::sleep_for(std::chrono::milliseconds{50});  // out of descriptors: wait until other code closes some
  }
}

}  // namespace millrace::monitoring
