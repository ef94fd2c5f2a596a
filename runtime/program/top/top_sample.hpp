#pragma once

#include "runtime/program/top/scrape_parser.hpp"
#include "runtime/task/task.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The figures of `millrace top`, computed from two snapshots. Everything here is pure. An empty optional means unknown.
namespace millrace::top {

/// One scrape of a node's /metrics.
struct node_scrape {
  std::string url;
  std::string problem;  ///< why there are no samples; empty on success
  std::chrono::steady_clock::time_point at{};
  std::vector<metric_sample> samples{};
};

/// The state of a queue, from the database and the broker.
struct queue_state {
  std::string name;
  std::optional<std::uint32_t> ready{};  ///< messages not delivered to a consumer
  std::optional<bool> paused{};
  std::optional<std::int64_t> concurrency{};  ///< concurrent effects per node
  std::optional<double> rate_limit{};         ///< deliveries per second over all nodes; empty also if there is no limit
};

/// The state of all sources at one time.
struct top_snapshot {
  wall_time at{};
  std::vector<queue_state> queues;
  std::vector<node_scrape> nodes;
  std::string database_problem, broker_problem;  ///< empty on success
};

struct queue_sample {
  queue_state state;
  std::optional<double> in_flight;            ///< sum over the nodes that answered
  std::optional<double> oldest_seconds;       ///< age of the oldest task in flight
  std::optional<double> done, retried, dead;  ///< per second, sum over the nodes in both snapshots
};
/// Retried and dead tasks of one type in one queue, per second.
struct failing_type {
  std::string queue, type;
  double retried = 0, dead = 0;
};
struct top_sample {
  wall_time at{};
  std::vector<queue_sample> queues;
  std::vector<failing_type> failing;             ///< most frequent first, ten at most
  std::optional<double> outbox_due, outbox_lag;  ///< rows, seconds
  std::vector<node_scrape> nodes;                ///< without their samples
  std::string database_problem, broker_problem;
};

/// The names of the metrics that the figures are computed from.
std::span<const std::string_view> top_metrics();

/// Parses the response of a node. The result has a problem instead of samples if it is not from a Millrace node.
node_scrape read_scrape(std::string url, std::chrono::steady_clock::time_point at, std::string_view text);

/// Computes the figures from two consecutive snapshots. A counter that decreased was reset by a restart of its node; a
/// missing counter was zero. Rates are per second between the two scrapes of each node.
top_sample compute_sample(const top_snapshot& before, const top_snapshot& now);

}  // namespace millrace::top
