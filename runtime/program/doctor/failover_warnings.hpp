#pragma once

#include <cstddef>
#include <optional>
#include <string>

/// Warnings of `millrace doctor` about setups that do not survive a failure, or whose failover is not proven yet
/// (docs/reliability.md). Everything here is pure.
namespace millrace::doctor {

/// From the management API.
struct broker_cluster {
  std::size_t brokers = 1, running = 1;
  bool partitioned = false;
};

struct broker_facts {
  std::size_t configured_hosts = 1;         ///< entries of amqp.urls
  std::optional<broker_cluster> cluster{};  ///< empty: unknown
};

struct database_facts {
  std::size_t configured_hosts = 1;  ///< hosts in postgres.url
  std::size_t replicas = 0;          ///< replicas connected to the server
  bool standby = false;              ///< the server is in recovery
};

/// A risk that does not prevent operation, and what to do about it.
struct failover_warning {
  std::string problem, advice;
};

/// Warns of a cluster that is partitioned, lacks a broker, or cannot lose one.
std::optional<failover_warning> check_broker_failover(const broker_facts& broker);
/// Warns if the database server is part of a replication set.
std::optional<failover_warning> check_database_failover(const database_facts& database);

}  // namespace millrace::doctor
