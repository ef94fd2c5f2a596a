#include "connectors/smtp/relay_connection.hpp"

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <system_error>

namespace millrace::smtp {
namespace {

constexpr std::chrono::milliseconds longest_connect{10'000};
constexpr std::chrono::seconds max_idle{30};  // servers under load close idle connections early; a new one is safer then
constexpr std::chrono::milliseconds check_interval{1'000};  // as libcurl
constexpr long never_seconds = 24L * 60 * 60;
constexpr std::size_t read_bytes =
    16 * 1024;  // a TLS record: no data remains in OpenSSL's buffer, which poll() does not see

failure temporary_failure(std::string why) { return {false, 0, std::move(why)}; }

}  // namespace

relay_connection::relay_connection(const client_options& options, relay_sockets& sockets)
    : options_(options), sockets_(sockets), active_time_(2 * check_interval), easy_(http::make_easy()) {}

relay_connection::~relay_connection() {
  if (!connected_ || sockets_.stopping()) return;
  constexpr std::string_view bye = "QUIT\r\n";
  std::size_t sent = 0;
  curl_easy_send(easy_.get(), bye.data(), bye.size(), &sent);  // best effort
}

void relay_connection::start_clock() {
  timed_out_ = false;
  deadline_ = active_time_.at(resilience::active_time::clock::now()) + options_.timeout;
}

tl::expected<void, failure> relay_connection::connect() {
  const auto code = set_options() ? curl_easy_perform(easy_.get()) : CURLE_FAILED_INIT;
  if (code != CURLE_OK) return tl::unexpected(why(code));
  if (curl_easy_getinfo(easy_.get(), CURLINFO_ACTIVESOCKET, &socket_) != CURLE_OK || socket_ == CURL_SOCKET_BAD)
    return tl::unexpected(temporary_failure("the mail server closed the connection"));
  connected_ = true;
  last_used_ = resilience::active_time::clock::now();
  return {};
}

bool relay_connection::is_fresh() {
  if (!replies_.empty() || resilience::active_time::clock::now() - last_used_ > max_idle) return false;
  char byte = 0;
  std::size_t got = 0;
  return curl_easy_recv(easy_.get(), &byte, 1, &got) == CURLE_AGAIN;
}

tl::expected<void, failure> relay_connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t sent = 0;
    const auto code = curl_easy_send(easy_.get(), bytes.data(), bytes.size(), &sent);
    if (code == CURLE_AGAIN) {
      if (auto ready = wait_for(POLLOUT); !ready) return ready;
    } else if (code != CURLE_OK) {
      return tl::unexpected(why(code));
    }
    bytes.remove_prefix(sent);
  }
  return {};
}

tl::expected<reply, failure> relay_connection::receive() {
  for (std::array<char, read_bytes> buffer;;) {
    auto next = replies_.next();
    if (!next) return tl::unexpected(temporary_failure(next.error()));
    if (*next) {
      last_used_ = resilience::active_time::clock::now();
      return **std::move(next);
    }
    std::size_t got = 0;
    const auto code = curl_easy_recv(easy_.get(), buffer.data(), buffer.size(), &got);
    if (code == CURLE_AGAIN) {
      if (auto ready = wait_for(POLLIN); !ready) return tl::unexpected(ready.error());
    } else if (code != CURLE_OK) {
      return tl::unexpected(why(code));
    } else if (got == 0) {
      return tl::unexpected(temporary_failure("the mail server closed the connection"));
    } else {
      replies_.feed({buffer.data(), got});
    }
  }
}

tl::expected<void, failure> relay_connection::wait_for(short events) {
  while (!sockets_.stopping() && !overdue()) {
    pollfd descriptor{socket_, events, 0};
    const int ready = poll(&descriptor, 1, static_cast<int>(check_interval.count()));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return tl::unexpected(temporary_failure(std::generic_category().message(errno)));
  }
  return tl::unexpected(why(CURLE_ABORTED_BY_CALLBACK));
}

failure relay_connection::why(CURLcode code) {
  if (sockets_.stopping()) return temporary_failure("the client is shutting down");
  if (timed_out_) return temporary_failure("no complete answer within " + std::to_string(options_.timeout.count()) + " ms");
  long reply_code = 0;
  if (!connected_) curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &reply_code);
  // A code below 400 is from the last command that succeeded and does not describe the failure.
  if (reply_code >= 400 && reply_code <= 599) return {false, static_cast<int>(reply_code), last_line_};
  return temporary_failure(message_[0] != '\0' ? message_.data() : curl_easy_strerror(code));
}

bool relay_connection::set_options() {
  CURL* easy = easy_.get();
  bool ok = http::harden(easy, "smtp,smtps", {options_.ca_file, options_.certificate_file, options_.key_file});
  const auto set = [&](CURLoption option, auto value) { ok = curl_easy_setopt(easy, option, value) == CURLE_OK && ok; };
  const auto timeout = std::max(options_.timeout, std::chrono::milliseconds{1});  // 0 means no limit
  set(CURLOPT_URL, options_.url.c_str());
  set(CURLOPT_CONNECT_ONLY, 1L);
  // Has no effect with smtps://.
  set(CURLOPT_USE_SSL, static_cast<long>(options_.starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  if (!options_.username.empty()) {
    set(CURLOPT_USERNAME, options_.username.c_str());
    set(CURLOPT_PASSWORD, options_.password.reveal().c_str());
  }
  // on_progress checks the time: libcurl's timeouts fire before reading a reply that arrived while the process was stopped.
  set(CURLOPT_SERVER_RESPONSE_TIMEOUT, never_seconds);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(timeout, longest_connect).count()));
  set(CURLOPT_ERRORBUFFER, message_.data());
  set(CURLOPT_OPENSOCKETFUNCTION, &relay_sockets::open);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(&sockets_));
  set(CURLOPT_CLOSESOCKETFUNCTION, &relay_sockets::close);
  set(CURLOPT_CLOSESOCKETDATA, static_cast<void*>(&sockets_));
  set(CURLOPT_HEADERFUNCTION, &relay_connection::on_line);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &relay_connection::on_progress);
  set(CURLOPT_XFERINFODATA, static_cast<void*>(this));
  return ok;
}

bool relay_connection::overdue() {
  timed_out_ = timed_out_ || active_time_.update(resilience::active_time::clock::now()) > deadline_;
  return timed_out_;
}

int relay_connection::on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
  auto& me = *static_cast<relay_connection*>(self);
  return me.sockets_.stopping() || me.overdue() ? 1 : 0;
}

std::size_t relay_connection::on_line(char* data, std::size_t size, std::size_t count, void* self) noexcept {
  static_cast<relay_connection*>(self)->note({data, size * count});
  return size * count;
}

/// Handles a line of the server while libcurl connects: keeps the last one and the server's extensions.
void relay_connection::note(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("221")) return;  // the closing message must not replace the reason before it
  last_line_ = shown(line);
  // The greeting, or the answer to STARTTLS: extensions offered in clear text must be discarded after it (RFC 3207, 4.2).
  if (line.starts_with("220")) pipelining_ = size_ = false;
  if (!line.starts_with("250")) return;
  const auto keyword = std::string{line.substr(std::min<std::size_t>(4, line.size()), line.find(' ', 4) - 4)};
  pipelining_ = pipelining_ || curl_strequal(keyword.c_str(), "PIPELINING") != 0;
  size_ = size_ || curl_strequal(keyword.c_str(), "SIZE") != 0;
}

}  // namespace millrace::smtp
