#pragma once

#include "config/settings.hpp"
#include "connectors/http/client.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

/// Queue depths and the state of the cluster from the HTTP API of RabbitMQ's management plugin
/// (https://rawcdn.githack.com/rabbitmq/rabbitmq-server/v3.10.0/deps/rabbitmq_management/priv/www/api/index.html). AMQP
/// itself does not expose the number of unacknowledged messages.
namespace millrace::actors {

/// The broker's latest statistics of one queue, updated every five seconds unless collect_statistics_interval says
/// otherwise.
struct queue_depth {
  std::optional<std::uint64_t> ready, unacked, consumers;  ///< nullopt: not reported
};
using queue_depths = std::map<std::string, queue_depth, std::less<>>;

/// Requests all queues of the virtual host, as the user of the first entry of `amqp.urls`. Blocks for up to
/// `management_patience`, so it must not run on the client's own thread. The error describes why there is no answer.
tl::expected<queue_depths, std::string> ask_depths(http::client& management, const config::amqp_settings& s);

/// The brokers of a cluster, as one of them sees it.
struct cluster_state {
  std::size_t brokers = 0;  ///< members, running or not
  std::size_t running = 0;
  bool partitioned = false;  ///< running members do not see each other
};

/// Requests the state of the broker's cluster. Blocks and fails like `ask_depths`. The user needs the tag `monitoring`.
tl::expected<cluster_state, std::string> ask_cluster(http::client& management, const config::amqp_settings& s);

/// Parses the response, an array of objects; nullopt if it is not one.
std::optional<cluster_state> read_cluster(std::string_view text);

/// Parses the response, an array of objects; nullopt if it is not one. A queue without statistics yet has no numbers.
std::optional<queue_depths> read_depths(std::string_view text);

}  // namespace millrace::actors
