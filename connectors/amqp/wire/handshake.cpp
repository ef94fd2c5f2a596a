#include "connectors/amqp/wire/handshake.hpp"

#include "connectors/amqp/wire/encode.hpp"

#include <algorithm>

namespace millrace::amqp {
namespace {

constexpr std::uint16_t our_channel_max = 2'047;

/// 0 means "no limit" from either side.
template <class Number>
Number lower_limit(Number a, Number b) {
  if (a == 0 || b == 0) return std::max(a, b);
  return std::min(a, b);
}

field_table client_properties(const client_options& options) {
  field_table capabilities;
  for (auto name : {"publisher_confirms", "exchange_exchange_bindings", "basic.nack", "consumer_cancel_notify",
                    "connection.blocked", "authentication_failure_close"})
    capabilities.emplace_back(name, field_value{true});
  field_table made;
  made.emplace_back("product", field_value{std::string("Millrace")});
  made.emplace_back("version", field_value{std::string(MILLRACE_VERSION)});
  made.emplace_back("connection_name", field_value{options.connection_name});
  made.emplace_back("capabilities", field_value{std::move(capabilities)});
  return made;
}

bool offers(std::string_view mechanisms, std::string_view wanted) {
  auto padded = " " + std::string(mechanisms) + " ";
  return padded.find(" " + std::string(wanted) + " ") != std::string::npos;
}

std::uint16_t in_seconds(std::chrono::milliseconds heartbeat) {
  auto seconds = std::chrono::ceil<std::chrono::seconds>(heartbeat).count();
  return static_cast<std::uint16_t>(std::clamp<std::int64_t>(seconds, 0, UINT16_MAX));
}

}  // namespace

void handshake::begin(std::string& out) { encode::protocol_header(out); }

tl::expected<void, std::string> handshake::step(const method& m, std::string& out) {
  if (auto* start = std::get_if<connection_start>(&m); start && state_ == state::start) return log_in(*start, out);
  if (auto* tuning = std::get_if<connection_tune>(&m); tuning && state_ == state::tune) return tune(*tuning, out);
  if (std::holds_alternative<connection_open_ok>(m) && state_ == state::open_ok) {
    state_ = state::open;
    return {};
  }
  if (std::holds_alternative<connection_secure>(m))
    return tl::unexpected(std::string("the broker requires a multi-step login, which is not supported"));
  return tl::unexpected("unexpected " + std::string(name_of(m)) + " while waiting for " + waiting_for());
}

tl::expected<void, std::string> handshake::log_in(const connection_start& m, std::string& out) {
  if (m.major != 0 || m.minor != 9) return tl::unexpected(std::string("the broker does not speak AMQP 0-9-1"));
  bool external = where_.tls && !options_.tls.certificate_file.empty();
  std::string mechanism = external ? "EXTERNAL" : "PLAIN";
  if (!offers(m.mechanisms, mechanism))
    return tl::unexpected("the broker does not offer login by " + mechanism + ", only " +
                          std::string(m.mechanisms.substr(0, 200)));
  std::string response;
  if (!external) response.append(1, '\0').append(where_.user).append(1, '\0').append(where_.password.reveal());
  encode::connection_start_ok(out, client_properties(options_), mechanism, response);
  state_ = state::tune;
  return {};
}

tl::expected<void, std::string> handshake::tune(const connection_tune& m, std::string& out) {
  agreed_.channel_max = lower_limit(m.channel_max, our_channel_max);
  agreed_.frame_max = std::max(lower_limit(m.frame_max, options_.frame_max), frame_min_size);
  auto ours = in_seconds(options_.heartbeat);
  agreed_.heartbeat = ours == 0 ? std::uint16_t{0} : lower_limit(m.heartbeat, ours);
  encode::connection_tune_ok(out, agreed_);
  if (!encode::connection_open(out, where_.vhost)) return tl::unexpected(std::string("the vhost is longer than 255 bytes"));
  state_ = state::open_ok;
  return {};
}

std::string handshake::explain_close(const connection_close& m) const {
  auto reason = std::string(m.text) + " (" + std::to_string(m.code) + ")";
  switch (state_) {
    case state::tune:
      return "the broker refused the login of user '" + where_.user + "': " + reason;
    case state::open_ok:
      return "the broker refused to open vhost '" + where_.vhost + "': " + reason;
    default:
      return "the broker closed the connection: " + reason;
  }
}

std::string handshake::explain_loss(const std::string& lost) const {
  if (state_ == state::tune)
    return "the broker closed the connection after the login of user '" + where_.user +
           "': ACCESS_REFUSED, wrong user or password? (" + lost + ")";
  if (state_ == state::open_ok)
    return "the broker closed the connection while vhost '" + where_.vhost + "' was being opened (" + lost + ")";
  // With TLS 1.3 a client completes the handshake before the server has verified its certificate.
  if (state_ == state::start && where_.tls)
    return lost + " (before any message of the broker; check whether it requires a client certificate, or a different one)";
  return lost;
}

const char* handshake::waiting_for() const noexcept {
  switch (state_) {
    case state::start:
      return "connection.start";
    case state::tune:
      return "connection.tune (the login's answer)";
    case state::open_ok:
      return "connection.open-ok";
    default:
      return "nothing";
  }
}

}  // namespace millrace::amqp
