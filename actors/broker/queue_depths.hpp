#pragma once

#include "config/settings.hpp"
#include "connectors/http/client.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

/// What waits in the broker's queues, by the HTTP API of RabbitMQ's management plugin
/// (https://rawcdn.githack.com/rabbitmq/rabbitmq-server/v3.10.0/deps/rabbitmq_management/priv/www/api/index.html). AMQP
/// itself does not tell what is delivered and not acknowledged.
namespace millrace {

/// Of one queue, as the broker counted last: every five seconds, unless its collect_statistics_interval says otherwise.
struct queue_depth {
  std::optional<std::uint64_t> ready, unacked, consumers;  ///< nothing: not told
};
using queue_depths = std::map<std::string, queue_depth, std::less<>>;

/// How long an operator waits for the broker's answer at most.
inline constexpr std::chrono::milliseconds management_patience{1'000};

/// The operator names the address, which is mostly inside; its authority is the one of AMQP.
http::client_options management_options(const config::settings& s);

/// Asks for all queues of the virtual host, as the user of the first of `amqp.urls`. Blocks for up to
/// `management_patience`: not for the client's own thread. The error says why there is no answer.
tl::expected<queue_depths, std::string> ask_depths(http::client& management, const config::amqp_settings& s);

/// Asks for the number of nodes of the broker's cluster, running or not. Blocks and fails as `ask_depths` does; the user
/// needs the tag `monitoring`.
tl::expected<std::size_t, std::string> ask_cluster_size(http::client& management, const config::amqp_settings& s);

/// Reads an answer: an array of objects. Nothing if it is none; a queue that the broker has not counted yet has no numbers.
std::optional<queue_depths> read_depths(std::string_view text);

}  // namespace millrace
