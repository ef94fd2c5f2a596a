#include "connectors/amqp/net/tcp_socket.hpp"

namespace millrace::amqp {
namespace {

std::string words(int status) { return uv_strerror(status); }

struct write_request {
  uv_write_t request;
  std::string bytes;
};

}  // namespace

/// Lives until getaddrinfo, which cannot be interrupted, returns; its owner may be destroyed before.
struct tcp_socket::lookup {
  uv_getaddrinfo_t request;
  tcp_socket* owner;
};

tcp_socket::tcp_socket(loop_handles& handles, tcp_events& events)
    : handles_(handles), events_(events), address_timer_(handles, [this] { try_next("no answer"); }) {}

tcp_socket::~tcp_socket() { close(); }

void tcp_socket::connect(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout) {
  timeout_ = timeout;
  name_ = host + ":" + std::to_string(port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  lookup_ = new lookup{{}, this};
  lookup_->request.data = lookup_;
  auto answered = [](uv_getaddrinfo_t* request, int status, addrinfo* found) {
    auto* done = static_cast<lookup*>(request->data);
    auto* self = done->owner;
    delete done;
    if (self == nullptr) return uv_freeaddrinfo(found);
    self->lookup_ = nullptr;
    self->looked_up(status, found);
  };
  auto service = std::to_string(port);
  if (int failed = uv_getaddrinfo(handles_.loop(), &lookup_->request, answered, host.c_str(), service.c_str(), &hints)) {
    delete std::exchange(lookup_, nullptr);
    lose("cannot look up host '" + host + "': " + words(failed));
  }
}

void tcp_socket::looked_up(int status, addrinfo* found) {
  if (status != 0) return lose("cannot look up the host of " + name_ + ": " + words(status));
  found_.reset(found);
  next_ = found;
  int addresses = 0;
  for (auto* each = found; each != nullptr; each = each->ai_next) ++addresses;
  timeout_ /= std::max(addresses, 1);
  try_next("the name has no address");
}

void tcp_socket::try_next(const std::string& why_not) {
  if (next_ == nullptr) return lose("cannot connect to " + name_ + ": " + why_not);
  auto* address = std::exchange(next_, next_->ai_next);
  int failed = handle_.open(handles_, this, [&](uv_tcp_t* t) { return uv_tcp_init(handles_.loop(), t); });
  if (failed != 0) return lose("cannot make a socket: " + words(failed));
  auto* request = new uv_connect_t{};
  failed = uv_tcp_connect(request, handle_.get(), address->ai_addr, [](uv_connect_t* done, int result) {
    auto* self = handle::owner_of(done->handle);
    delete done;
    if (self != nullptr) self->connected(result);
  });
  if (failed == 0) {
    if (next_ != nullptr) address_timer_.start(timeout_);
    return;
  }
  delete request;
  try_next(words(failed));
}

void tcp_socket::connected(int status) {
  address_timer_.stop();
  if (status != 0) return try_next(words(status));
  uv_tcp_nodelay(handle_.get(), 1);
  events_.on_connected();
}

void tcp_socket::read_start() {
  uv_read_start(
      reinterpret_cast<uv_stream_t*>(handle_.get()),
      [](uv_handle_t* h, std::size_t, uv_buf_t* buffer) {
        auto* self = handle::owner_of(h);
        auto space = self != nullptr ? self->events_.on_read_space() : std::span<char>();
        *buffer = uv_buf_init(space.data(), static_cast<unsigned>(space.size()));
      },
      [](uv_stream_t* h, ssize_t count, const uv_buf_t*) {
        auto* self = handle::owner_of(h);
        if (self == nullptr || count == 0) return;
        if (count > 0) return self->events_.on_read(static_cast<std::size_t>(count));
        self->lose(count == UV_EOF ? self->name_ + " closed the connection"
                                   : "connection to " + self->name_ + " lost: " + words(static_cast<int>(count)));
      });
}

void tcp_socket::read_stop() {
  if (handle_.is_open()) uv_read_stop(reinterpret_cast<uv_stream_t*>(handle_.get()));
}

bool tcp_socket::write(std::string bytes) {
  if (!handle_.is_open()) return false;
  auto* request = new write_request{{}, std::move(bytes)};
  request->request.data = request;
  auto buffer = uv_buf_init(request->bytes.data(), static_cast<unsigned>(request->bytes.size()));
  auto* stream = reinterpret_cast<uv_stream_t*>(handle_.get());
  int failed = uv_write(&request->request, stream, &buffer, 1, [](uv_write_t* done, int status) {
    auto* self = handle::owner_of(done->handle);
    delete static_cast<write_request*>(done->data);
    if (status != 0 && self != nullptr) self->lose("connection to " + self->name_ + " lost: " + words(status));
  });
  if (failed != 0) delete request;
  return failed == 0;
}

std::size_t tcp_socket::unsent() const {
  return handle_.is_open() ? uv_stream_get_write_queue_size(reinterpret_cast<uv_stream_t*>(handle_.get())) : 0;
}

void tcp_socket::finish() {
  if (!handle_.is_open()) return;
  read_stop();
  auto* request = new uv_shutdown_t{};
  auto* stream = reinterpret_cast<uv_stream_t*>(handle_.get());
  int failed = uv_shutdown(request, stream, [](uv_shutdown_t* done, int) {
    auto* self = handle::owner_of(done->handle);
    delete done;
    if (self != nullptr) self->close();
  });
  if (failed == 0) return;
  delete request;
  close();
}

void tcp_socket::close() {
  if (lookup_ != nullptr) std::exchange(lookup_, nullptr)->owner = nullptr;
  address_timer_.stop();
  handle_.close();
}

void tcp_socket::lose(const std::string& why) {
  close();
  events_.on_lost(why);
}

}  // namespace millrace::amqp
