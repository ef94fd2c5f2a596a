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

/// What `millrace top` shows, made of what it has seen. Everything here is pure; nothing stands for what nobody could tell.
namespace millrace {

/// What one node's /metrics said at one time.
struct node_scrape {
  std::string url;
  std::string problem;  ///< why there are no samples; empty: it answered
  std::chrono::steady_clock::time_point at{};
  std::vector<metric_sample> samples{};
};

/// What database and broker say of a queue.
struct queue_state {
  std::string name;
  std::optional<std::uint32_t> ready{};  ///< messages that no consumer holds
  std::optional<bool> paused{};
  std::optional<std::int64_t> concurrency{};  ///< effects at once on each node
  std::optional<double> rate_limit{};         ///< deliveries a second over all nodes; nothing also without a limit
};

/// One look at everything.
struct top_look {
  wall_time at{};
  std::vector<queue_state> queues;
  std::vector<node_scrape> nodes;
  std::string database_problem, broker_problem;  ///< empty: it answered
};

struct queue_figures {
  queue_state state;
  std::optional<double> in_flight;            ///< summed over the nodes that answer
  std::optional<double> oldest_seconds;       ///< of the tasks that nodes have in hand, the oldest
  std::optional<double> done, retried, dead;  ///< a second, summed over the nodes that answered both looks
};
/// A task type of a queue that fails now; a second.
struct failing_type {
  std::string queue, type;
  double retried = 0, dead = 0;
};
struct top_sample {
  wall_time at{};
  std::vector<queue_figures> queues;
  std::vector<failing_type> failing;             ///< what fails most often first, ten at most
  std::optional<double> outbox_due, outbox_lag;  ///< rows, seconds
  std::vector<node_scrape> nodes;                ///< without their samples
  std::string database_problem, broker_problem;
};

/// The names of the metrics that figures are made of.
std::span<const std::string_view> top_metrics();

/// Reads a node's answer. One that is not a node's has a problem instead of samples.
node_scrape read_scrape(std::string url, std::chrono::steady_clock::time_point at, std::string_view text);

/// Figures of two looks, one after the other. A counter that has fallen began anew with its node; one that was not there
/// was zero. Rates are per second of the time between the scrapes of each node.
top_sample figures_of(const top_look& before, const top_look& now);

}  // namespace millrace
