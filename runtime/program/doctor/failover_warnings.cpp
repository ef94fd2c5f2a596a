#include "runtime/program/doctor/failover_warnings.hpp"

#include <algorithm>

namespace millrace::doctor {
namespace {

bool is_replicated(const amqp::queue_declaration& q) {
  return std::ranges::any_of(q.arguments, [](const auto& argument) {
    return argument.name == "x-queue-type" && argument.value == amqp::field_value{std::string{"quorum"}};
  });
}

std::string counted(std::size_t n, const std::string& noun) { return std::to_string(n) + " " + noun + (n == 1 ? "" : "s"); }

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

}  // namespace

std::vector<std::string> single_copy_queues(const amqp::topology& t) {
  std::vector<std::string> names;
  for (const auto& q : t.queues)
    if (!is_replicated(q)) names.push_back(q.name);
  return names;
}

std::optional<failover_warning> check_broker_failover(const broker_facts& broker) {
  const bool several_nodes = broker.cluster_nodes.value_or(1) > 1;
  if ((!several_nodes && broker.configured_hosts <= 1) || broker.single_copy_queues.empty()) return {};
  const auto cluster = several_nodes ? "the broker is a cluster of " + counted(*broker.cluster_nodes, "node")
                                     : "amqp.urls names " + counted(broker.configured_hosts, "host");
  return failover_warning{
      cluster + ", but these queues have a single copy on one node: " + joined(broker.single_copy_queues) +
          ". Broker failover is not proven yet: if that node fails, these queues stop until it returns, "
          "and their messages may be lost",
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
