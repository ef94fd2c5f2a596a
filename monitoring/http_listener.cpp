#include "monitoring/http_listener.hpp"

#include "monitoring/http_exchange.hpp"
#include "monitoring/listen_address.hpp"
#include "monitoring/log.hpp"
#include "monitoring/poke.hpp"

#include <civetweb.h>
#include <stdexcept>
#include <thread>

namespace millrace::monitoring {

std::string_view http_request::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers)
    if (name == lower_case_name) return value;
  return {};
}

struct http_listener::state {
  const listener_options options;
  const handler answer;
  const refusal refuse;
  const std::thread::id starter = std::this_thread::get_id();
  std::string start_error = {};  ///< written by that thread only
  mg_context* server = nullptr;
  listen_address at = {};
  std::uint16_t port = 0;

  ~state() {
    if (!server) return;
    // civetweb looks at its stop flag only when a connection comes or two seconds have passed: connections come.
    const std::jthread waker([this](const std::stop_token& stopped) {
      for (; !stopped.stop_requested(); std::this_thread::sleep_for(std::chrono::milliseconds(10))) poke(at.host, port);
    });
    mg_stop(server);
  }

  static int on_request(mg_connection* connection) {
    const auto& self = *static_cast<const state*>(mg_get_request_info(connection)->user_data);
    const http_response r = self.guarded(connection);
    send_response(connection, r, std::string_view{mg_get_request_info(connection)->request_method} != "HEAD");
    return r.status;
  }

  /// No exception may unwind through civetweb's C frames.
  http_response guarded(mg_connection* connection) const {
    try {
      auto request = read_request(connection, options.max_body_bytes);
      return request ? answer(*request) : refuse(request.error().status, request.error().why);
    } catch (const std::exception& e) {
      log(level::error, "request failed", {{"path", mg_get_request_info(connection)->local_uri}, {"error", e.what()}});
      return refuse(500, "internal error; the log of this node tells more");
    }
  }

  /// Requests that civetweb itself turns away: malformed or too large.
  static int on_error(mg_connection* connection, int status, const char*) {
    const auto* self = static_cast<const state*>(mg_get_user_data(mg_get_context(connection)));
    send_response(connection, self->refuse(status, "not an HTTP request that can be taken"), true);
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

  void start() {
    at = parse_listen_address(options.bind);
    const std::string listen = at.host + ":" + std::to_string(at.port);
    const std::string threads = std::to_string(options.threads), waiting = std::to_string(options.waiting),
                      timeout = std::to_string(options.request_timeout.count());
    std::vector<const char*> list;
    const auto set = [&](const char* name, const char* value) { list.insert(list.end(), {name, value}); };
    set("listening_ports", listen.c_str());
    set("num_threads", threads.c_str());
    set("connection_queue", waiting.c_str());
    set("request_timeout_ms", timeout.c_str());
    set("max_request_size", "16384");
    set("decode_url", "no");  // an encoded slash or NUL is not to be mistaken for a real one
    // Keep-alive would let idle clients hold the few threads.
    set("enable_keep_alive", "no");
    list.push_back(nullptr);
    mg_callbacks callbacks{};
    callbacks.begin_request = &state::on_request;
    callbacks.http_error = &state::on_error;
    callbacks.log_message = &state::on_message;
    server = mg_start(&callbacks, this, list.data());
    if (!server)
      throw std::runtime_error("cannot listen on '" + options.bind +
                               "': " + (start_error.empty() ? "is it taken?" : start_error));
    mg_server_port ports[1] = {};
    if (mg_get_server_ports(server, 1, ports) == 1) port = static_cast<std::uint16_t>(ports[0].port);
  }
};

http_listener::http_listener(const listener_options& options, handler answer, refusal refuse)
    : state_(new state{options, std::move(answer), std::move(refuse)}) {
  static const unsigned features = mg_init_library(MG_FEATURES_DEFAULT);
  static_cast<void>(features);
  state_->start();
}

http_listener::~http_listener() = default;

std::uint16_t http_listener::port() const noexcept { return state_->port; }

}  // namespace millrace::monitoring
