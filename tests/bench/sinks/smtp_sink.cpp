// bench_smtp_sink: an SMTP server on loopback that accepts and discards every mail. It prints its port. It uses one thread
// and epoll, to leave the processor to the measured programs. It supports EHLO, HELO, MAIL, RCPT, DATA, RSET, NOOP and QUIT,
// and pipelined commands (RFC 2920).
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <unordered_map>

namespace {

constexpr std::size_t most_buffered = 64U << 20;

int must(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

class conversation {
 public:
  /// The reply to these bytes.
  std::string heard(std::string_view bytes) {
    std::string answer;
    received_ += bytes;
    while (in_data_ ? end_of_mail(answer) : one_command(answer)) {
    }
    if (received_.size() > most_buffered) over_ = true;
    return answer;
  }
  bool over() const { return over_; }

 private:
  bool end_of_mail(std::string& answer) {
    // The end marker may be split between two reads.
    auto end = received_.starts_with(".\r\n") ? 0 : received_.find("\r\n.\r\n", searched_);
    if (end == std::string::npos) {
      searched_ = received_.size() < 5 ? 0 : received_.size() - 4;
      return false;
    }
    received_.erase(0, end + (end == 0 && received_[0] == '.' ? 3 : 5));
    in_data_ = false;
    answer += "250 2.0.0 accepted\r\n";
    return true;
  }

  bool one_command(std::string& answer) {
    auto end = received_.find("\r\n");
    if (end == std::string::npos || over_) return false;
    auto verb = received_.substr(0, std::min<std::size_t>(end, 4));
    for (auto& c : verb)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    received_.erase(0, end + 2);
    answer += reply(verb);
    return true;
  }

  std::string_view reply(std::string_view verb) {
    if (verb == "EHLO") return "250-bench\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n";
    if (verb == "HELO") return "250 bench\r\n";
    if (verb == "MAIL" || verb == "RCPT" || verb == "RSET" || verb == "NOOP") return "250 2.0.0 OK\r\n";
    if (verb == "DATA") {
      in_data_ = true;
      searched_ = 0;
      return "354 go on\r\n";
    }
    if (verb == "QUIT") {
      over_ = true;
      return "221 2.0.0 bye\r\n";
    }
    return "502 5.5.1 not known here\r\n";
  }

  std::string received_;
  std::size_t searched_ = 0;
  bool in_data_ = false, over_ = false;
};

class server {
 public:
  server()
      : listener_(must(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket")), poll_(must(epoll_create1(0), "epoll")) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto length = static_cast<socklen_t>(sizeof address);
    must(bind(listener_, reinterpret_cast<sockaddr*>(&address), length), "bind");
    must(listen(listener_, 1024), "listen");
    must(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length), "getsockname");
    watch(listener_);
    std::printf("%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events{};
    for (;;) {
      auto ready = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), -1);
      if (ready < 0 && errno != EINTR) must(ready, "epoll_wait");
      for (int i = 0; i < ready; ++i) {
        auto descriptor = events.at(static_cast<std::size_t>(i)).data.fd;
        descriptor == listener_ ? accept_all() : listen_to(descriptor);
      }
    }
  }

 private:
  void watch(int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    must(epoll_ctl(poll_, EPOLL_CTL_ADD, descriptor, &event), "epoll_ctl");
  }

  void accept_all() {
    for (int client = 0; (client = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
      int yes = 1;
      setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      conversations_.try_emplace(client);
      watch(client);
      if (!send_text(client, "220 bench ESMTP\r\n")) hang_up(client);
    }
  }

  void listen_to(int client) {
    auto length = read(client, bytes_.data(), bytes_.size());
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (length <= 0) return hang_up(client);
    auto& talk = conversations_.at(client);
    auto answer = talk.heard({bytes_.data(), static_cast<std::size_t>(length)});
    if (!send_text(client, answer) || talk.over()) hang_up(client);
  }

  /// Replies are short, and our clients read them immediately, so a full socket is an error.
  static bool send_text(int client, std::string_view text) {
    return send(client, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }

  void hang_up(int client) {
    conversations_.erase(client);
    close(client);
  }

  int listener_, poll_;
  std::array<char, 65'536> bytes_{};  // buffer of one read; zeroed only once, as zeroing costs more than the read
  std::unordered_map<int, conversation> conversations_;
};

}  // namespace

int main() {
  try {
    server{}.run();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "bench_smtp_sink: %s\n", e.what());
    return 1;
  }
}
