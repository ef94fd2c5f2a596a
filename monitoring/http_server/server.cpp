#include "monitoring/http_server/server.hpp"

#include "monitoring/http_server/acceptor.hpp"
#include "monitoring/http_server/exchange.hpp"
#include "monitoring/http_server/listener_probe.hpp"
#include "monitoring/http_server/request_deadlines.hpp"
#include "monitoring/http_server/workers.hpp"
#include "monitoring/log/log.hpp"
#include "monitoring/metrics/metrics.hpp"

#include <array>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <limits>
#include <microhttpd.h>
#include <new>
#include <optional>
#include <stdexcept>
#include <unistd.h>

namespace millrace::monitoring {
namespace {

constexpr std::intptr_t connection_memory = 32 * 1024;  // limits the size of a head

// The library's limit must never be reached: on the way out it leaves a mutex locked, and its thread blocks (0.9.75).
constexpr std::intptr_t no_connection_limit = std::numeric_limits<int>::max();

int socket_of(MHD_Connection* connection) {
  return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

/// Keeps percent-encoding: an encoded slash or NUL must not be mistaken for a real one.
std::size_t as_sent(void*, MHD_Connection*, char* text) noexcept { return std::char_traits<char>::length(text); }

}  // namespace

std::string_view http_request::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers)
    if (name == lower_case_name) return value;
  return {};
}

/// libmicrohttpd reads and writes on one thread, which must not block. A complete request is suspended, handled by a worker,
/// and resumed. The library's own pool would call handlers on its reading threads, so connections of a thread would wait for
/// a long handler while other threads are idle. Connections are accepted here because MHD_quiesce_daemon aborts the process
/// if a connection arrives during the call (0.9.75).
struct http_listener::state {
  const listener_options options;
  const handler answer;
  const refusal refuse;
  http_acceptor acceptor{options.bind};
  request_deadlines deadlines{options.request_timeout, options.connections, [this](auto why) { count_dropped(why); }};
  http_workers workers{options.threads};
  std::atomic<bool> discarding = false;       ///< requests that no thread has started are closed without a response
  std::string trouble = {};                   ///< error message of a failed start
  std::atomic<MHD_Daemon*> server = nullptr;  ///< also read by its thread, before start() returns
  bool was_up = true;                         ///< as of the last probe
  std::optional<listener_probe> probe = {};

  ~state() {
    if (!server) return;
    probe.reset();
    acceptor.stop();
    while (!deadlines.drain(options.stop_timeout)) {  // the library also aborts if a request is suspended
      discarding = true;
      for (const auto& resume : workers.take_waiting()) resume();
    }
    MHD_stop_daemon(server);
  }

  static void* on_target(void*, const char* target, MHD_Connection*) noexcept {
    try {
      return new http_exchange{target};
    } catch (const std::bad_alloc&) {
      return nullptr;  // on_request closes the connection
    }
  }

  /// Called for the head, for each part of the body, for the complete request, and after resuming.
  static MHD_Result on_request(void* self, MHD_Connection* connection, const char*, const char* method, const char*,
                               const char* data, std::size_t* size, void** held) noexcept {
    auto* exchange = static_cast<http_exchange*>(*held);
    if (!exchange) return MHD_NO;
    try {
      const std::string_view body{data, std::exchange(*size, 0)};
      return static_cast<state*>(self)->go_on(connection, *exchange, method, body) ? MHD_YES : MHD_NO;
    } catch (const std::exception& e) {  // must not unwind through C
      log(level::error, "request aborted", {{"error", e.what()}});
      return MHD_NO;
    }
  }

  /// False: close the connection without a response.
  bool go_on(MHD_Connection* connection, http_exchange& e, const char* method, std::string_view body) {
    using stage = http_exchange::stage;
    if (e.at == stage::handler) return e.answer && send(connection, *e.answer);
    if (e.at == stage::head) {
      const auto fine = e.read_head(connection, method, options.max_body_bytes);
      return fine || send(connection, refuse(fine.error().status, fine.error().reason));
    }
    if (body.empty())
      hand_over(connection, e);
    else
      e.append(body);
    return true;
  }

  bool send(MHD_Connection* connection, const http_response& r) {
    deadlines.answered(socket_of(connection));
    return send_response(connection, r);
  }

  void hand_over(MHD_Connection* connection, http_exchange& e) {
    e.at = http_exchange::stage::handler;
    deadlines.received(socket_of(connection));
    MHD_suspend_connection(connection);
    try {
      workers.post([this, connection, &e] {
        if (!discarding) find_answer(e);
        MHD_resume_connection(connection);
      });
    } catch (const std::bad_alloc&) {
      MHD_resume_connection(connection);  // resumed without a response
    }
  }

  void find_answer(http_exchange& e) const noexcept {
    try {
      e.answer = guarded(e.request());
    } catch (const std::exception& failed) {
      log(level::error, "request aborted", {{"error", failed.what()}});
    }
  }

  http_response guarded(const http_request& r) const {
    if (is_ping(r)) return {.status = 204, .content_type = {}, .body = {}};
    try {
      return answer(r);
    } catch (const std::exception& e) {
      log(level::error, "request failed", {{"path", r.path}, {"error", e.what()}});
      return refuse(500, "internal error; see the log of this node");
    }
  }

  static void on_completed(void*, MHD_Connection*, void** held, MHD_RequestTerminationCode) noexcept {
    delete static_cast<http_exchange*>(std::exchange(*held, nullptr));
  }

  static void on_connection(void* self, MHD_Connection* connection, void**, MHD_ConnectionNotificationCode what) noexcept {
    auto& deadlines = static_cast<state*>(self)->deadlines;
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
      deadlines.opened(socket_of(connection));
    else
      deadlines.closed(socket_of(connection));
  }

  /// Messages of the library: start failures are kept, later errors of clients are ignored.
  __attribute__((format(printf, 2, 0))) static void on_message(void* self, const char* format, va_list values) noexcept {
    auto& me = *static_cast<state*>(self);
    std::array<char, 512> text{};
    if (me.server || std::vsnprintf(text.data(), text.size(), format, values) < 0) return;
    me.trouble += text.data();
  }

  void start() {
    std::string certificate = options.tls.certificate, key = options.tls.key;
    std::string versions = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
    std::vector<MHD_OptionItem> set{
        {MHD_OPTION_CONNECTION_LIMIT, no_connection_limit, nullptr},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_memory, nullptr},
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, nullptr},
        {MHD_OPTION_NOTIFY_CONNECTION, reinterpret_cast<std::intptr_t>(&state::on_connection), this},
        {MHD_OPTION_NOTIFY_COMPLETED, reinterpret_cast<std::intptr_t>(&state::on_completed), this},
        {MHD_OPTION_URI_LOG_CALLBACK, reinterpret_cast<std::intptr_t>(&state::on_target), this},
        {MHD_OPTION_UNESCAPE_CALLBACK, reinterpret_cast<std::intptr_t>(&as_sent), nullptr},
    };
    // Not epoll: if 128 events arrive together, the library waits for another one before it handles them (0.9.75).
    unsigned flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    if (!certificate.empty()) {
      flags |= MHD_USE_TLS;
      set.insert(set.end(), {{MHD_OPTION_HTTPS_MEM_CERT, 0, certificate.data()},
                             {MHD_OPTION_HTTPS_MEM_KEY, 0, key.data()},
                             {MHD_OPTION_HTTPS_PRIORITIES, 0, versions.data()}});
    }
    set.push_back({MHD_OPTION_END, 0, nullptr});
    server = MHD_start_daemon(flags, 0, nullptr, nullptr, &state::on_request, this, MHD_OPTION_EXTERNAL_LOGGER,
                              &state::on_message, this, MHD_OPTION_ARRAY, set.data(), MHD_OPTION_END);
    if (!server) throw std::runtime_error("cannot serve HTTP on '" + options.bind + "': " + trouble);
    acceptor.start([this](int socket, const sockaddr* peer, socklen_t size) { add(socket, peer, size); });
    if (options.probe_interval.count() > 0)
      probe.emplace(acceptor.fd(), !certificate.empty(), options.probe_interval,
                    [this](const std::string& failure) { record_probe(failure); });
  }

  void add(int socket, const sockaddr* peer, socklen_t size) {
    if (!deadlines.admit(socket))
      close(socket);
    else if (MHD_add_connection(server, socket, peer, size) != MHD_YES)  // it has closed the socket
      deadlines.closed(socket);
  }

  void count_dropped(request_deadlines::drop why) const {
    using enum request_deadlines::drop;
    if (options.values)
      options.values->connection_dropped(options.name, why == refused    ? "refused"
                                                       : why == replaced ? "replaced"
                                                                         : "timeout");
  }

  /// Called on the probe's thread only.
  void record_probe(const std::string& failure) {
    const bool up = failure.empty();
    if (options.values) options.values->listener_up(options.name, up);
    if (!up && was_up)
      log(level::error, "listener does not answer",
          {{"listener", options.name}, {"bind", options.bind}, {"error", failure}});
    if (up && !was_up) log(level::info, "listener answers again", {{"listener", options.name}, {"bind", options.bind}});
    was_up = up;
  }
};

http_listener::http_listener(const listener_options& options, handler answer, refusal refuse)
    : state_(new state{options, std::move(answer), std::move(refuse)}) {
  state_->start();
}

http_listener::~http_listener() = default;

std::uint16_t http_listener::port() const noexcept { return state_->acceptor.port(); }

}  // namespace millrace::monitoring
