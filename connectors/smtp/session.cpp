#include "connectors/smtp/session.hpp"

#include "connectors/smtp/address.hpp"
#include "connectors/smtp/message_check.hpp"
#include "connectors/smtp/mime_body.hpp"

#include <algorithm>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace millrace::smtp {
namespace {

constexpr std::chrono::milliseconds longest_connect{10'000};
constexpr long max_idle_seconds = 30;  // servers under load close idle connections early; a fresh one is safer then
// libcurl lets on_progress look each second.
constexpr std::chrono::milliseconds longest_gap{2'000};
constexpr long never_seconds = 24L * 60 * 60;
constexpr std::size_t max_reply_bytes = 512;

http::text_list recipients(const message& m) {
  http::text_list list;
  for (const auto* addresses : {&m.to, &m.cc, &m.bcc})
    for (const auto& text : *addresses)
      if (const auto box = parse_address(text)) http::append(list, box->address);
  return list;
}

}  // namespace

session::session(const client_options& options) : options_(options), attended_(longest_gap), easy_(http::make_easy()) {}

session::~session() { stop(); }

void session::stop() {
  stopping_ = true;
  const std::lock_guard lock{mutex_};
  for (const auto socket : sockets_) shutdown(socket, SHUT_RDWR);
}

tl::expected<receipt, failure> session::submit(const message& m) {
  const std::string& from = m.from.empty() ? options_.from : m.from;
  if (auto problem = check_message(m, from, options_.max_message_bytes))
    return tl::unexpected(failure{true, 0, *std::move(problem)});

  CURL* easy = easy_.get();
  curl_easy_reset(easy);  // keeps the connection
  const auto headers = mail_headers(m, from, std::chrono::system_clock::now());
  const auto to = recipients(m);
  const auto body = mime_body(easy, m);
  const std::string sender = parse_address(from)->address;
  bool ok = set_connection(easy);
  ok = curl_easy_setopt(easy, CURLOPT_MAIL_FROM, sender.c_str()) == CURLE_OK && ok;
  ok = curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, to.get()) == CURLE_OK && ok;
  ok = curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get()) == CURLE_OK && ok;
  ok = curl_easy_setopt(easy, CURLOPT_MIMEPOST, body.get()) == CURLE_OK && ok;

  message_[0] = '\0';
  reply_.clear();
  mail_begun_ = false;
  timed_out_ = false;
  deadline_ = attended_.at(attended_time::clock::now()) + options_.timeout;
  auto outcome = result(ok ? curl_easy_perform(easy) : CURLE_FAILED_INIT);
  curl_easy_reset(easy);  // nothing may point to this message any more
  return outcome;
}

bool session::set_connection(CURL* easy) {
  bool ok = http::harden(easy, "smtp,smtps", {options_.ca_file, options_.certificate_file, options_.key_file});
  const auto set = [&](CURLoption option, auto value) { ok = curl_easy_setopt(easy, option, value) == CURLE_OK && ok; };
  const auto timeout = std::max(options_.timeout, std::chrono::milliseconds{1});  // 0 would be for ever
  set(CURLOPT_URL, options_.url.c_str());
  // Also for smtps://, where it changes nothing.
  set(CURLOPT_USE_SSL, static_cast<long>(options_.starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  if (!options_.username.empty()) {
    set(CURLOPT_USERNAME, options_.username.c_str());
    set(CURLOPT_PASSWORD, options_.password.reveal().c_str());
  }
  // Time is on_progress's affair: libcurl's time-outs fire before a reply is read that came while the process was stopped.
  set(CURLOPT_SERVER_RESPONSE_TIMEOUT, never_seconds);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(timeout, longest_connect).count()));
  set(CURLOPT_MAXAGE_CONN, max_idle_seconds);
  set(CURLOPT_MAXCONNECTS, 1L);
  set(CURLOPT_ERRORBUFFER, message_);
  set(CURLOPT_OPENSOCKETFUNCTION, &session::open_socket);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  set(CURLOPT_CLOSESOCKETFUNCTION, &session::close_socket);
  set(CURLOPT_CLOSESOCKETDATA, static_cast<void*>(this));
  set(CURLOPT_HEADERFUNCTION, &session::on_reply);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_VERBOSE, 1L);  // feeds on_debug, nothing is printed
  set(CURLOPT_DEBUGFUNCTION, &session::on_debug);
  set(CURLOPT_DEBUGDATA, static_cast<void*>(this));
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &session::on_progress);
  set(CURLOPT_XFERINFODATA, static_cast<void*>(this));
  return ok;
}

tl::expected<receipt, failure> session::result(CURLcode code) {
  long reply_code = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &reply_code);
  if (code == CURLE_OK) return receipt{reply_};
  // A code below 400 is that of the last command that went well; it says nothing about what broke.
  if (reply_code < 400 || reply_code > 599) {
    if (timed_out_)
      return tl::unexpected(
          failure{false, 0, "no complete answer within " + std::to_string(options_.timeout.count()) + " ms"});
    return tl::unexpected(failure{false, 0, message_[0] != '\0' ? message_ : curl_easy_strerror(code)});
  }
  // 5xx before MAIL is about us (credentials, policy, TLS), and so is 530 after it: no fault of the message.
  const bool permanent = reply_code >= 500 && mail_begun_ && reply_code != 530;
  return tl::unexpected(failure{permanent, static_cast<int>(reply_code), reply_});
}

curl_socket_t session::open_socket(void* self, curlsocktype, curl_sockaddr* address) noexcept {
  auto& me = *static_cast<session*>(self);
  const std::lock_guard lock{me.mutex_};
  if (me.stopping_) return CURL_SOCKET_BAD;
  const curl_socket_t opened = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (opened != CURL_SOCKET_BAD) me.sockets_.insert(opened);
  return opened;
}

int session::close_socket(void* self, curl_socket_t socket) noexcept {
  auto& me = *static_cast<session*>(self);
  const std::lock_guard lock{me.mutex_};  // stop() must not meet a number that is someone else's by now
  me.sockets_.erase(socket);
  return close(socket);
}

int session::on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
  auto& me = *static_cast<session*>(self);
  me.timed_out_ = me.timed_out_ || me.attended_.look(attended_time::clock::now()) > me.deadline_;
  return me.stopping_ || me.timed_out_ ? 1 : 0;
}

int session::on_debug(CURL*, curl_infotype kind, char* data, std::size_t size, void* self) noexcept {
  if (kind == CURLINFO_HEADER_OUT && std::string_view{data, size}.starts_with("MAIL FROM:"))
    static_cast<session*>(self)->mail_begun_ = true;
  return 0;
}

std::size_t session::on_reply(char* data, std::size_t size, std::size_t count, void* self) noexcept {
  std::string_view line{data, size * count};
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("221")) return size * count;  // the good-bye must not hide why it was said
  auto& reply = static_cast<session*>(self)->reply_;
  reply.assign(line.substr(0, max_reply_bytes));
  std::replace_if(
      reply.begin(), reply.end(), [](char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return size * count;
}

}  // namespace millrace::smtp
