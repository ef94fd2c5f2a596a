#include "runtime/program/top/top_sample.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>

namespace millrace::top {
namespace {

/// Names of metric families, as monitoring/metrics declares them.
namespace families {
constexpr std::string_view tasks = "millrace_tasks_total", dead_letters = "millrace_dead_letters_total",
                           in_flight = "millrace_deliveries_in_flight", oldest_task_age = "millrace_oldest_task_age_seconds",
                           outbox_due = "millrace_outbox_due_rows", outbox_lag = "millrace_outbox_lag_seconds",
                           build_info = "millrace_build_info";
}  // namespace families

using labels = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t max_failing_types = 10;

/// The increase of one counter of one node, per second.
struct counter_rate {
  const metric_sample* sample;
  double per_second;
};

std::map<labels, double> values_of(const node_scrape& node, std::string_view family) {
  std::map<labels, double> all;
  for (const auto& s : node.samples)
    if (s.name == family) all[s.labels] = s.value;
  return all;
}

const node_scrape* answered(const top_snapshot& snapshot, const std::string& url) {
  auto found = std::ranges::find(snapshot.nodes, url, &node_scrape::url);
  return found == snapshot.nodes.end() || !found->problem.empty() ? nullptr : &*found;
}

/// The counter rates of all nodes in both snapshots; empty if there is no such node.
std::optional<std::vector<counter_rate>> rates_of(const top_snapshot& before, const top_snapshot& now,
                                                  std::string_view family) {
  std::optional<std::vector<counter_rate>> all;
  for (const auto& node : now.nodes) {
    const auto* earlier = node.problem.empty() ? answered(before, node.url) : nullptr;
    if (!earlier || earlier->at >= node.at) continue;
    if (!all) all.emplace();
    const auto was = values_of(*earlier, family);
    const double seconds = std::chrono::duration<double>(node.at - earlier->at).count();
    for (const auto& s : node.samples) {
      if (s.name != family) continue;
      const auto old = was.find(s.labels);
      const bool continued = old != was.end() && old->second <= s.value;
      all->push_back({&s, (continued ? s.value - old->second : s.value) / seconds});
    }
  }
  return all;
}

using sample_filter = std::function<bool(const metric_sample&)>;

std::optional<double> sum_of(const std::optional<std::vector<counter_rate>>& rates, const sample_filter& matches) {
  if (!rates) return {};
  double sum = 0;
  for (const auto& r : *rates)
    if (matches(*r.sample)) sum += r.per_second;
  return sum;
}

/// Merges a gauge over the nodes that answered and expose it.
std::optional<double> gauge_of(const top_snapshot& now, std::string_view family, std::string_view queue,
                               double (*merge)(double, double)) {
  std::optional<double> merged;
  for (const auto& node : now.nodes)
    for (const auto& s : node.samples)
      if (s.name == family && s.label("queue") == queue) merged = merged ? merge(*merged, s.value) : s.value;
  return merged;
}

double sum(double a, double b) { return a + b; }
double larger(double a, double b) { return std::max(a, b); }

std::vector<failing_type> failing_of(const std::optional<std::vector<counter_rate>>& tasks) {
  std::map<std::pair<std::string, std::string>, failing_type> by_type;
  for (const auto& r : tasks.value_or(std::vector<counter_rate>{})) {
    const auto outcome = r.sample->label("outcome");
    if ((outcome != "retry" && outcome != "dead") || !(r.per_second > 0)) continue;
    const std::string queue{r.sample->label("queue")}, type{r.sample->label("type")};
    auto& f = by_type.try_emplace({queue, type}, failing_type{queue, type}).first->second;
    (outcome == "dead" ? f.dead : f.retried) += r.per_second;
  }
  std::vector<failing_type> all;
  all.reserve(by_type.size());
  for (auto& [_, f] : by_type) all.push_back(std::move(f));
  std::ranges::stable_sort(all, std::greater{}, [](const failing_type& f) { return f.retried + f.dead; });
  if (all.size() > max_failing_types) all.resize(max_failing_types);
  return all;
}

}  // namespace

std::span<const std::string_view> top_metrics() {
  static constexpr std::array all{families::tasks,           families::dead_letters, families::in_flight,
                                  families::oldest_task_age, families::outbox_due,   families::outbox_lag,
                                  families::build_info};
  return all;
}

node_scrape read_scrape(std::string url, std::chrono::steady_clock::time_point at, std::string_view text) {
  auto samples = parse_prometheus_text(text, top_metrics());
  if (!samples) return {std::move(url), "invalid metrics: " + samples.error(), at};
  if (std::ranges::find(*samples, families::build_info, &metric_sample::name) == samples->end())
    return {std::move(url), "not the metrics of a Millrace node", at};
  return {std::move(url), "", at, std::move(*samples)};
}

top_sample compute_sample(const top_snapshot& before, const top_snapshot& now) {
  const auto tasks = rates_of(before, now, families::tasks);
  const auto dead_letters = rates_of(before, now, families::dead_letters);
  top_sample all;
  all.at = now.at;
  for (const auto& q : now.queues) {
    auto rate_of = [&](std::string_view outcome) {
      return sum_of(tasks, [&, outcome](auto& s) { return s.label("queue") == q.name && s.label("outcome") == outcome; });
    };
    all.queues.push_back({q, gauge_of(now, families::in_flight, q.name, sum),
                          gauge_of(now, families::oldest_task_age, q.name, larger), rate_of("succeeded"), rate_of("retry"),
                          sum_of(dead_letters, [&](auto& s) { return s.label("queue") == q.name; })});
  }
  all.failing = failing_of(tasks);
  all.outbox_due = gauge_of(now, families::outbox_due, "", larger);
  all.outbox_lag = gauge_of(now, families::outbox_lag, "", larger);
  for (const auto& n : now.nodes) all.nodes.push_back({n.url, n.problem, n.at});
  all.database_problem = now.database_problem;
  all.broker_problem = now.broker_problem;
  return all;
}

}  // namespace millrace::top
