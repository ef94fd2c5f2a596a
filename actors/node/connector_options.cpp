#include "actors/node/connector_options.hpp"

#include <stdexcept>

namespace millrace::actors {

amqp::client_options amqp_options(const config::settings& s, const std::string& user) {
  amqp::client_options o;
  for (auto& url : s.amqp.urls) {
    auto host = amqp::parse_url(url.reveal());
    if (!host) throw std::invalid_argument("amqp.urls: " + host.error());
    o.hosts.push_back(std::move(*host));
  }
  o.connection_name = user;
  o.heartbeat = s.amqp.heartbeat;
  o.connect_timeout = s.amqp.connect_timeout;
  o.reconnect_min = s.amqp.reconnect_min;
  o.reconnect_max = s.amqp.reconnect_max;
  o.frame_max = s.amqp.frame_max;
  o.max_body_bytes = s.amqp.max_body_bytes;
  o.byte_budget = s.amqp.byte_budget;
  o.confirm_window = s.amqp.confirm_window;
  o.tls = {s.amqp.tls.ca_file, s.amqp.tls.certificate_file, s.amqp.tls.key_file};
  return o;
}

postgres::session_options task_session(const config::settings& s, const std::string& user) {
  return {.url = s.postgres.url,
          .application_name = user,
          .connect_timeout = s.postgres.connect_timeout,
          .statement_timeout = s.postgres.statement_timeout,
          .lock_timeout = s.postgres.lock_timeout};
}

postgres::session_options report_session(const config::settings& s, const std::string& user) {
  auto o = task_session(s, user);
  if (!s.report.url.empty()) o.url = s.report.url;
  o.statement_timeout = s.report.statement_timeout;
  o.read_only = true;
  return o;
}

http::client_options webhook_options(const config::settings& s) {
  auto& w = s.webhook;
  return {.connections = w.connections,
          .connect_timeout = w.connect_timeout,
          .max_response_bytes = w.max_response_bytes,
          .allow_private_addresses = w.allow_private_addresses,
          .allow_http = w.allow_http,
          .ca_file = w.tls.ca_file,
          .certificate_file = w.tls.certificate_file,
          .key_file = w.tls.key_file};
}

http::client_options management_options(const config::settings& s) {
  http::client_options o;
  o.connections = 4;
  o.connect_timeout = management_patience;
  o.max_response_bytes = 4 * 1024 * 1024;  // about 40,000 queues
  o.allow_private_addresses = o.allow_http = true;
  o.ca_file = s.amqp.tls.ca_file;
  return o;
}

http::client_options collector_options() {
  http::client_options o;
  o.connections = 1;
  o.allow_private_addresses = o.allow_http = true;
  return o;
}

smtp::client_options mail_options(const config::settings& s) {
  auto& m = s.smtp;
  return {.url = m.url,
          .username = m.username,
          .password = m.password,
          .from = m.from,
          .starttls = m.starttls,
          .connections = m.connections,
          .timeout = m.timeout,
          .max_message_bytes = m.max_message_bytes,
          .ca_file = m.tls.ca_file,
          .certificate_file = m.tls.certificate_file,
          .key_file = m.tls.key_file};
}

resilience::circuit_breakers::limits breaker_limits(const config::settings& s) {
  return {.failures = s.breaker.failures, .open_for = s.breaker.open_for};
}

}  // namespace millrace::actors
