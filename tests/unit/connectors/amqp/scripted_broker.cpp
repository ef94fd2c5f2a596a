#include "tests/unit/connectors/amqp/scripted_broker.hpp"

#include "connectors/amqp/wire/method_id.hpp"

#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <csignal>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace millrace::amqp::test {

std::string broker_side::read(std::size_t count) {
  std::string out(count, '\0');
  for (std::size_t done = 0; done < count;) {
    auto part = tls_ != nullptr ? SSL_read(tls_, out.data() + done, static_cast<int>(count - done))
                                : ::recv(socket_, out.data() + done, count - done, 0);
    if (part <= 0) throw hung_up{};
    done += static_cast<std::size_t>(part);
  }
  return out;
}

broker_side::got broker_side::read_frame() {
  auto head = read(frame_head);
  byte_reader in(head);
  got made;
  made.kind = static_cast<frame_kind>(in.u8());
  made.channel = in.u16();
  made.payload = read(in.u32() + 1);
  made.payload.pop_back();
  if (made.kind == frame_kind::method) {
    byte_reader number(made.payload);
    made.method = number.u32();
    made.payload.erase(0, 4);
  }
  return made;
}

broker_side::got broker_side::wait_for(std::uint32_t method) {
  for (;;)
    if (auto each = read_frame(); each.method == method) return each;
}

void broker_side::write(std::string_view bytes) {
  while (!bytes.empty()) {
    auto part = tls_ != nullptr ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                                : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (part <= 0) throw hung_up{};
    bytes.remove_prefix(static_cast<std::size_t>(part));
  }
}

void broker_side::method(std::uint16_t channel, std::uint32_t number, const std::function<void(byte_writer&)>& fill) {
  std::string out;
  append_frame(out, frame_kind::method, channel, [&](byte_writer& w) {
    w.u32(number);
    if (fill) fill(w);
  });
  write(out);
}

void broker_side::shake_hands(std::uint32_t frame_max, std::uint16_t heartbeat) {
  read(8);
  method(0, id::connection_start, [](byte_writer& w) {
    w.u8(0), w.u8(9), w.u32(0);
    w.long_string("PLAIN EXTERNAL");
    w.long_string("en_US");
  });
  wait_for(id::connection_start_ok);
  method(0, id::connection_tune, [&](byte_writer& w) { w.u16(2'047), w.u32(frame_max), w.u16(heartbeat); });
  wait_for(id::connection_open);
  method(0, id::connection_open_ok, [](byte_writer& w) { w.u8(0); });
}

std::uint16_t broker_side::accept_publisher() {
  auto channel = wait_for(id::confirm_select).channel;
  method(channel, id::channel_open_ok, [](byte_writer& w) { w.u32(0); });
  method(channel, id::confirm_select_ok);
  return channel;
}

std::uint16_t broker_side::accept_consumer() {
  auto channel = wait_for(id::basic_consume).channel;
  method(channel, id::channel_open_ok, [](byte_writer& w) { w.u32(0); });
  method(channel, id::basic_qos_ok);
  method(channel, id::basic_consume_ok, [](byte_writer& w) { w.short_string("tag"); });
  return channel;
}

void broker_side::deliver(std::uint16_t channel, std::uint64_t tag, std::string_view body) {
  std::string out;
  append_frame(out, frame_kind::method, channel, [&](byte_writer& w) {
    w.u32(id::basic_deliver), w.short_string("tag"), w.u64(tag), w.u8(0), w.short_string(""), w.short_string("q");
  });
  append_frame(out, frame_kind::header, channel,
               [&](byte_writer& w) { w.u16(id::basic_class), w.u16(0), w.u64(body.size()), w.u16(0); });
  for (; !body.empty(); body.remove_prefix(std::min<std::size_t>(body.size(), 4'000)))
    append_frame(out, frame_kind::body, channel, [&](byte_writer& w) { w.bytes(body.substr(0, 4'000)); });
  write(out);
}

void broker_side::wait_for_end() {
  for (;;) read_frame();
}

scripted_broker::scripted_broker(std::function<void(broker_side&)> script, std::optional<tls> secured)
    : listener_(::socket(AF_INET, SOCK_STREAM, 0)), tls_(secured.has_value()) {
  std::signal(SIGPIPE, SIG_IGN);  // for this server's own SSL_write
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, any, size) != 0 || ::listen(listener_, 8) != 0 || ::getsockname(listener_, any, &size) != 0)
    throw std::runtime_error("cannot listen");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this, run = std::move(script), with = std::move(secured)] { serve(run, with); });
}

scripted_broker::~scripted_broker() {
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

client_options scripted_broker::options() const {
  client_options made;
  auto scheme = tls_ ? "amqps" : "amqp";
  made.hosts.push_back(parse_url(scheme + std::string("://guest:guest@127.0.0.1:") + std::to_string(port_)).value());
  made.reconnect_min = std::chrono::milliseconds(1);
  made.reconnect_max = std::chrono::milliseconds(20);
  return made;
}

void scripted_broker::serve(const std::function<void(broker_side&)>& script, const std::optional<tls>& secured) {
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(nullptr, SSL_CTX_free);
  if (secured) {
    context.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_use_certificate_chain_file(context.get(), secured->own.certificate.c_str());
    SSL_CTX_use_PrivateKey_file(context.get(), secured->own.key.c_str(), SSL_FILETYPE_PEM);
    if (!secured->client_ca.empty()) {
      SSL_CTX_load_verify_locations(context.get(), secured->client_ca.c_str(), nullptr);
      SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
  }
  for (int socket; (socket = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(socket)) {
    ++connections_;
    std::unique_ptr<SSL, void (*)(SSL*)> session(context ? SSL_new(context.get()) : nullptr, SSL_free);
    if (session) SSL_set_fd(session.get(), socket);
    if (session && SSL_accept(session.get()) != 1) {
      // A close with unread bytes would reset the connection, and the client might never see the alert.
      ::shutdown(socket, SHUT_WR);
      for (char rest[512]; ::recv(socket, rest, sizeof rest, 0) > 0;) {
      }
      continue;
    }
    broker_side side(socket, session.get());
    try {
      script(side);
    } catch (const broker_side::hung_up&) {
      // The client ended the connection, which most scripts wait for.
    }
    if (session) SSL_shutdown(session.get());
  }
}

}  // namespace millrace::amqp::test
