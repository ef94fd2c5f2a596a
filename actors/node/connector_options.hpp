#pragma once

#include "config/settings.hpp"
#include "connectors/amqp/options.hpp"
#include "connectors/http/client.hpp"
#include "connectors/postgres/session/session.hpp"
#include "connectors/resilience/circuit_breakers.hpp"
#include "connectors/smtp/client.hpp"

#include <chrono>
#include <string>

/// Maps settings to the options of each connector. `user` is the connection name that the server displays.
namespace millrace::actors {

/// Throws std::invalid_argument for an invalid URL. The message never contains the password.
amqp::client_options amqp_options(const config::settings& s, const std::string& user);
postgres::session_options task_session(const config::settings& s, const std::string& user);
/// Read-only, with the reports' own URL and time-out.
postgres::session_options report_session(const config::settings& s, const std::string& user);
http::client_options webhook_options(const config::settings& s);
/// Longest time that an operator's request waits for the broker's management API.
inline constexpr std::chrono::milliseconds management_patience{1'000};
/// Private addresses and plain HTTP are allowed, because the operator configures the URL. `amqp.tls.ca_file` applies.
http::client_options management_options(const config::settings& s);
/// Private addresses and plain HTTP are allowed: the operator configures the collector, which is usually local.
http::client_options collector_options();
smtp::client_options mail_options(const config::settings& s);
resilience::circuit_breakers::limits breaker_limits(const config::settings& s);

}  // namespace millrace::actors
