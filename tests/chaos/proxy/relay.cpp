#include "tests/chaos/proxy/relay.hpp"

#include <utility>

namespace millrace::test {
namespace {

uv_stream_t* stream(uv_tcp_t& socket) { return reinterpret_cast<uv_stream_t*>(&socket); }
uv_handle_t* handle(uv_tcp_t& socket) { return reinterpret_cast<uv_handle_t*>(&socket); }

}  // namespace

relay::relay(uv_loop_t* loop, std::minstd_rand& random, std::unique_ptr<conversation> talk, std::function<void(relay*)> gone)
    : talk_(std::move(talk)),
      gone_(std::move(gone)),
      to_server_(server_.socket, server_timer_, random, events_of(direction::to_server)),
      to_client_(client_.socket, client_timer_, random, events_of(direction::to_client)) {
  client_.reads_for = direction::to_server;
  server_.reads_for = direction::to_client;
  for (auto* e : {&client_, &server_}) {
    e->owner = this;
    uv_tcp_init(loop, &e->socket);
    e->socket.data = e;
  }
  uv_timer_init(loop, &server_timer_);
  uv_timer_init(loop, &client_timer_);
}

lane::events relay::events_of(direction d) {
  return {
      .room = [this, d] { read_start(d == direction::to_server ? client_ : server_); },
      .reset = [this] { close(true); },
      .lost = [this] { close(true); },
      .ended =
          [this] {
            if (++ended_ == 2) close(false);
          },
  };
}

void relay::start(uv_stream_t* listener, std::uint16_t server_port) {
  if (uv_accept(listener, stream(client_.socket)) != 0) return close(true);
  uv_tcp_nodelay(&client_.socket, 1);
  sockaddr_in address{};
  uv_ip4_addr("127.0.0.1", server_port, &address);
  connect_.data = this;
  int failed = uv_tcp_connect(&connect_, &server_.socket, reinterpret_cast<sockaddr*>(&address),
                              [](uv_connect_t* c, int status) { static_cast<relay*>(c->data)->connected(status); });
  if (failed != 0) close(true);
}

void relay::connected(int status) {
  if (closing_) return;
  if (status != 0) return close(true);
  connected_ = true;
  uv_tcp_nodelay(&server_.socket, 1);
  read_start(client_);
  read_start(server_);
}

void relay::read_start(end& e) {
  if (!connected_ || uv_is_closing(handle(e.socket))) return;
  auto space = [](uv_handle_t* h, std::size_t, uv_buf_t* buffer) {
    auto& all = static_cast<end*>(h->data)->owner->buffer_;
    *buffer = uv_buf_init(all.data(), static_cast<unsigned>(all.size()));
  };
  uv_read_start(stream(e.socket), space, &relay::on_read);  // an error is harmless: the socket already reads, or has ended
}

void relay::on_read(uv_stream_t* from, ssize_t count, const uv_buf_t*) {
  auto& e = *static_cast<end*>(from->data);
  e.owner->read(e.reads_for, count);
}

void relay::read(direction d, ssize_t count) {
  if (count == 0) return;
  if (severed_) {
    if (count < 0) close(false);
    return;
  }
  if (count == UV_EOF) return to(d).finish();
  if (count < 0) return close(true);
  auto passed = talk_->pass(d, {buffer_.data(), static_cast<std::size_t>(count)});
  to(d).push(passed.bytes);
  if (passed.cut) return cut();
  auto& from = d == direction::to_server ? client_ : server_;
  if (to(d).full() && !uv_is_closing(handle(from.socket))) uv_read_stop(stream(from.socket));
}

void relay::release() {
  if (!closing_ && !severed_) to_client_.push(talk_->released());
}

void relay::cut() {
  severed_ = true;
  to_client_.stop();
  close_socket(client_.socket, true);
  to_server_.finish_now();
}

void relay::close(bool reset) {
  if (std::exchange(closing_, true)) return;
  to_server_.stop();
  to_client_.stop();
  close_socket(client_.socket, reset);
  close_socket(server_.socket, reset);
  for (auto* t : {&server_timer_, &client_timer_}) {
    t->data = this;
    uv_close(reinterpret_cast<uv_handle_t*>(t), [](uv_handle_t* h) {
      auto* mine = static_cast<relay*>(h->data);
      if (--mine->open_ == 0) mine->gone_(mine);
    });
  }
}

void relay::close_socket(uv_tcp_t& socket, bool reset) {
  if (uv_is_closing(handle(socket))) return;
  auto closed = [](uv_handle_t* h) {
    auto* mine = static_cast<end*>(h->data)->owner;
    if (--mine->open_ == 0) mine->gone_(mine);
  };
  // A side that is already shut down cannot be reset any more.
  if (!reset || uv_tcp_close_reset(&socket, closed) != 0) uv_close(handle(socket), closed);
}

}  // namespace millrace::test
