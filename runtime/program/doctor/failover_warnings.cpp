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
  const bool several_nodes = broker.cluster_nodes.value_or(1) > 1;
  if (!several_nodes && broker.configured_hosts <= 1) return {};
  const auto cluster = several_nodes ? "the broker is a cluster of " + counted(*broker.cluster_nodes, "node")
                                     : "amqp.urls names " + counted(broker.configured_hosts, "host");
  return failover_warning{
      cluster +
          ". Broker failover is not proven yet: all queues are replicated, but no run has shown that nothing is lost or "
          "doubled when a node of the cluster fails",
      "read docs/reliability.md before you rely on broker failover; the proven setup is one broker node"};
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
