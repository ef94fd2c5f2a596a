#include "monitoring/exporter.hpp"

#include "monitoring/log.hpp"
#include "monitoring/poke.hpp"
#include "monitoring/replies.hpp"

#include <charconv>
#include <chrono>
#include <civetweb.h>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

namespace millrace::monitoring {

namespace {

struct address {
  std::string host;
  std::uint16_t port = 0;
};

/// civetweb's port syntax has more in it than an address (TLS, redirects, lists); only host:port gets through.
address parse(const std::string& bind) {
  const auto colon = bind.rfind(':');
  const std::string host = bind.substr(0, colon);
  const auto allowed = host.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:[]");
  address out{host == "localhost" ? "127.0.0.1" : host, 0};
  const char* end = bind.data() + bind.size();
  const char* begin = colon == std::string::npos ? end : bind.data() + colon + 1;
  const auto [rest, failed] = std::from_chars(begin, end, out.port);
  if (failed != std::errc{} || rest != end || host.empty() || allowed != std::string::npos)
    throw std::runtime_error("cannot serve metrics on '" + bind + "': not host:port");
  return out;
}

void send(mg_connection* connection, const reply& r, bool with_body) {
  std::string head = "HTTP/1.1 " + std::to_string(r.status) + " " + r.reason + "\r\nContent-Type: " + r.content_type +
                     "\r\nContent-Length: " + std::to_string(r.body.size()) +
                     "\r\nCache-Control: no-store\r\nConnection: close\r\n" +
                     (r.status == 405 ? "Allow: GET, HEAD\r\n" : "") + "\r\n";
  if (with_body) head += r.body;
  mg_write(connection, head.data(), head.size());
}

}  // namespace

struct exporter::state {
  const metrics& values;
  const health& components;
  const std::thread::id starter = std::this_thread::get_id();
  std::string start_error = {};  ///< written by that thread only
  mg_context* server = nullptr;
  std::string host = {};
  std::uint16_t port = 0;

  ~state() {
    if (!server) return;
    // civetweb looks at its stop flag only when a connection comes or two seconds have passed: connections come.
    const std::jthread waker([this](const std::stop_token& stopped) {
      for (; !stopped.stop_requested(); std::this_thread::sleep_for(std::chrono::milliseconds(10))) poke(host, port);
    });
    mg_stop(server);
  }

  static int on_request(mg_connection* connection) {
    const mg_request_info* request = mg_get_request_info(connection);
    const auto& self = *static_cast<const state*>(request->user_data);
    const std::string_view method = request->request_method, path = request->local_uri ? request->local_uri : "";
    const reply r = guarded(self, method, path);
    send(connection, r, method != "HEAD");
    return r.status;
  }

  /// No exception may unwind through civetweb's C frames.
  static reply guarded(const state& self, std::string_view method, std::string_view path) {
    try {
      return answer(method, path, self.values, self.components);
    } catch (const std::exception& e) {
      log(level::error, "metrics request failed", {{"path", path}, {"error", e.what()}});
      return {500, "Internal Server Error", "text/plain; charset=utf-8", "internal error\n"};
    }
  }

  /// Requests that civetweb itself turns away: malformed or too large.
  static int on_error(mg_connection* connection, int status, const char*) {
    send(connection, {status, "Error", "text/plain; charset=utf-8", "bad request\n"}, true);
    return 0;
  }

  static int on_message(const mg_connection* connection, const char* message) {
    if (!connection) return 1;
    auto* context = mg_get_context(connection);
    auto* self = context ? static_cast<state*>(mg_get_user_data(context)) : nullptr;
    const bool starting = self && std::this_thread::get_id() == self->starter;
    if (starting && self->start_error.empty()) self->start_error = message;  // the first is the cause
    return 1;
  }
};

exporter::exporter(const std::string& bind, const metrics& m, const health& h) : state_(new state{m, h}) {
  static const unsigned features = mg_init_library(MG_FEATURES_DEFAULT);
  static_cast<void>(features);
  const address at = parse(bind);
  state_->host = at.host;
  const std::string listen = at.host + ":" + std::to_string(at.port);
  std::vector<const char*> options;
  const auto set = [&](const char* name, const char* value) { options.insert(options.end(), {name, value}); };
  set("listening_ports", listen.c_str());
  set("num_threads", "4");
  set("connection_queue", "16");
  set("request_timeout_ms", "5000");
  set("max_request_size", "8192");
  // Keep-alive would let idle clients hold the few threads; a scrape every few seconds does not need it.
  set("enable_keep_alive", "no");
  options.push_back(nullptr);
  mg_callbacks callbacks{};
  callbacks.begin_request = &state::on_request;
  callbacks.http_error = &state::on_error;
  callbacks.log_message = &state::on_message;
  state_->server = mg_start(&callbacks, state_.get(), options.data());
  if (!state_->server) {
    const std::string why = state_->start_error.empty() ? "is it taken?" : state_->start_error;
    throw std::runtime_error("cannot serve metrics on '" + bind + "': " + why);
  }
  mg_server_port ports[1] = {};
  if (mg_get_server_ports(state_->server, 1, ports) == 1) state_->port = static_cast<std::uint16_t>(ports[0].port);
}

exporter::~exporter() = default;

std::uint16_t exporter::port() const noexcept { return state_->port; }

}  // namespace millrace::monitoring
