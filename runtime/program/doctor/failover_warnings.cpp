#include "runtime/program/doctor/failover_warnings.hpp"

#include <string>
#include <vector>

namespace millrace::doctor {
namespace {

std::string counted(std::size_t n, const std::string& noun) { return std::to_string(n) + " " + noun + (n == 1 ? "" : "s"); }

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

}  // namespace

std::optional<failover_warning> check_broker_failover(const broker_facts& broker) {
  const auto cluster = broker.cluster.value_or(
      broker_cluster{.brokers = broker.configured_hosts, .running = broker.configured_hosts, .partitioned = false});
  if (cluster.partitioned)
    return failover_warning{"the broker's cluster is partitioned: running brokers do not see each other",
                            "run `rabbitmqctl cluster_status` on each broker, and restart those outside the largest part"};
  if (cluster.running < cluster.brokers)
    return failover_warning{std::to_string(cluster.running) + " of " + counted(cluster.brokers, "broker") + " run",
                            "start the others; the queues stop without a majority"};
  if (cluster.brokers == 2)
    return failover_warning{"a cluster of 2 brokers stops when either fails, because one is no majority",
                            "use three brokers, or one"};
  if (cluster.brokers > broker.configured_hosts)
    return failover_warning{"amqp.urls names " + counted(broker.configured_hosts, "host") + " of a cluster of " +
                                counted(cluster.brokers, "broker"),
                            "name every broker in amqp.urls, unless the host is a load balancer"};
  return {};
}

std::optional<failover_warning> check_database_failover(const database_facts& database) {
  std::vector<std::string> signs;
  if (database.standby) signs.emplace_back("the server is a standby (in recovery)");
  if (database.replicas > 0) signs.push_back("the server has " + counted(database.replicas, "connected replica"));
  if (database.configured_hosts > 1) signs.push_back("postgres.url names " + counted(database.configured_hosts, "host"));
  if (signs.empty()) return {};
  return failover_warning{
      joined(signs) +
          ". Database failover is not proven yet: a promoted replica may lack the latest commits, so tasks may be lost or "
          "executed twice",
      std::string{database.standby ? "set postgres.url to the primary; " : ""} +
          "read docs/reliability.md before you rely on database failover; the proven setup is one PostgreSQL server"};
}

}  // namespace millrace::doctor
