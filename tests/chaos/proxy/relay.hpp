#pragma once

#include "tests/chaos/proxy/conversation.hpp"
#include "tests/chaos/proxy/lane.hpp"

#include <array>
#include <functional>
#include <memory>

namespace millrace::test {

/// One proxied connection: two sockets and a lane in each direction. On the proxy's thread only.
class relay {
 public:
  /// `gone` is called once every handle is closed. The relay must not be destroyed before.
  relay(uv_loop_t* loop, std::minstd_rand& random, std::unique_ptr<conversation> talk, std::function<void(relay*)> gone);

  /// Accepts the client and connects to the server on loopback.
  void start(uv_stream_t* listener, std::uint16_t server_port);
  lane& to(direction d) { return d == direction::to_server ? to_server_ : to_client_; }
  /// Sends the held bytes of the conversation to the client.
  void release();
  /// Closes both sides; with `reset`, by RST instead of FIN.
  void close(bool reset);

 private:
  struct end {
    uv_tcp_t socket;
    relay* owner;
    direction reads_for;  ///< direction of the bytes that are read from this socket
  };
  lane::events events_of(direction d);
  void connected(int status);
  void read_start(end& e);
  static void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer);
  void read(direction d, ssize_t count);
  /// Resets the client. The server receives the forwarded bytes, then an orderly end.
  void cut();
  void close_socket(uv_tcp_t& socket, bool reset);

  std::unique_ptr<conversation> talk_;
  std::function<void(relay*)> gone_;
  end client_{}, server_{};
  uv_timer_t server_timer_{}, client_timer_{};
  lane to_server_, to_client_;
  uv_connect_t connect_{};
  std::array<char, 64 * 1024> buffer_;
  int open_ = 4, ended_ = 0;
  bool severed_ = false, connected_ = false, closing_ = false;
};

}  // namespace millrace::test
