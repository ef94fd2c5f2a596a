#include "monitoring/http_server/listener_probe.hpp"

#include <array>
#include <cerrno>
#include <gnutls/gnutls.h>
#include <memory>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace millrace::monitoring {
namespace {

constexpr std::string_view ping = "OPTIONS * HTTP/1.1\r\nHost: probe\r\n\r\n";
constexpr std::string_view pong = "HTTP/1.1 204 ";

std::string socket_failure(std::string_view step) {
  const bool late = errno == EAGAIN || errno == EINPROGRESS;
  return std::string{step} + ": " + (late ? "timeout" : std::generic_category().message(errno));
}

/// The start of the response is in one segment, as the listener sends its head with one call.
std::string check_response(std::string_view response) {
  if (response.starts_with(pong)) return {};
  return response.empty() ? "connection closed without a response" : "unexpected response";
}

std::string exchange_in_clear_text(int fd) {
  std::array<char, 256> text{};
  if (send(fd, ping.data(), ping.size(), MSG_NOSIGNAL) < 0) return socket_failure("send");
  const auto got = recv(fd, text.data(), text.size(), 0);
  if (got < 0) return socket_failure("receive");
  return check_response({text.data(), static_cast<std::size_t>(got)});
}

using clock = std::chrono::steady_clock;

/// Repeats a call of GnuTLS until it neither handled a message of the protocol nor ran into the socket's timeout.
template <class Call>
auto repeated(clock::time_point until, const Call& call) {
  auto result = call();
  while (result < 0 && !gnutls_error_is_fatal(static_cast<int>(result)) && clock::now() < until) result = call();
  return result;
}

std::string tls_failure(std::string_view step, long code) {
  const bool late = gnutls_error_is_fatal(static_cast<int>(code)) == 0;
  return std::string{step} + ": " + (late ? "timeout" : gnutls_strerror(static_cast<int>(code)));
}

std::string exchange_over_tls(int fd, clock::time_point until) {
  gnutls_session_t session = nullptr;
  if (const int code = gnutls_init(&session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL); code < 0) return tls_failure("TLS", code);
  const std::unique_ptr<gnutls_session_int, decltype(&gnutls_deinit)> held{session, &gnutls_deinit};
  gnutls_certificate_credentials_t credentials = nullptr;
  if (const int code = gnutls_certificate_allocate_credentials(&credentials); code < 0) return tls_failure("TLS", code);
  const std::unique_ptr<gnutls_certificate_credentials_st, decltype(&gnutls_certificate_free_credentials)> own{
      credentials, &gnutls_certificate_free_credentials};
  gnutls_set_default_priority(session);
  gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
  gnutls_transport_set_int(session, fd);
  if (const auto code = repeated(until, [&] { return gnutls_handshake(session); }); code < 0)
    return tls_failure("TLS handshake", code);
  if (const auto code = repeated(until, [&] { return gnutls_record_send(session, ping.data(), ping.size()); }); code < 0)
    return tls_failure("send", code);
  std::array<char, 256> text{};
  const auto got = repeated(until, [&] { return gnutls_record_recv(session, text.data(), text.size()); });
  if (got < 0) return tls_failure("receive", got);
  return check_response({text.data(), static_cast<std::size_t>(got)});
}

}  // namespace

listener_probe::listener_probe(int listening, bool tls, std::chrono::milliseconds interval, result_sink done)
    : tls_(tls), interval_(interval), done_(std::move(done)) {
  // On Linux, connecting to the address 0.0.0.0 or :: reaches this machine.
  getsockname(listening, reinterpret_cast<sockaddr*>(&address_), &address_size_);
  thread_ = std::jthread{[this](const std::stop_token& stopped) { run(stopped); }};
}

listener_probe::~listener_probe() {
  const std::lock_guard lock{mutex_};
  stopping_ = true;
  if (fd_ >= 0) shutdown(fd_, SHUT_RDWR);
}

void listener_probe::run(const std::stop_token& stopped) {
  for (;;) {
    const auto failure = probe();
    std::unique_lock lock{mutex_};
    if (stopping_) return;
    lock.unlock();
    done_(failure);
    lock.lock();
    wake_.wait_for(lock, stopped, interval_, [this] { return stopping_; });
    if (stopping_) return;
  }
}

std::string listener_probe::probe() {
  if (!open()) return socket_failure("socket");
  const auto limit = std::chrono::duration_cast<std::chrono::microseconds>(interval_).count();
  const timeval time{.tv_sec = limit / 1'000'000, .tv_usec = limit % 1'000'000};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);  // also limits connect
  std::string failure;
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&address_), address_size_) != 0)
    failure = socket_failure("connect");
  else
    failure = tls_ ? exchange_over_tls(fd_, clock::now() + interval_) : exchange_in_clear_text(fd_);
  close();
  return failure;
}

bool listener_probe::open() {
  const std::lock_guard lock{mutex_};
  fd_ = socket(address_.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ >= 0 && stopping_) shutdown(fd_, SHUT_RDWR);
  return fd_ >= 0;
}

void listener_probe::close() {
  const std::lock_guard lock{mutex_};
  ::close(fd_);
  fd_ = -1;
}

}  // namespace millrace::monitoring
