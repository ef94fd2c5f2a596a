#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::monitoring {

enum class metric_type { counter, gauge, histogram };

/// A metric family: what metrics.cpp registers, docs/metrics.md describes and the tests compare.
struct family {
  std::string_view name;
  metric_type type;
  std::vector<std::string_view> labels;
  std::string_view help;
  std::vector<double> buckets = {};  ///< upper bounds, histograms only
};

/// Every family, each declared here and nowhere else. The `process_` ones are read from the kernel at each scrape.
namespace families {

extern const family tasks, queue_wait, execution, end_to_end, attempts, dead_letters, redeliveries, in_flight, held,
    leases_reissued, batch_size, batch_commit, oldest_task_age, effect_answers, queue_paused, queue_rate, api_requests,
    api_duration;
extern const family pool_connections, pool_in_use, pool_waiting, database_failures;
extern const family connection_up, reconnects, broker_blocked, actor_restarts, outbox_published, outbox_unpublished,
    outbox_due, outbox_lag, scheduled_tasks, audit_unsealed, loop_lag, mailbox_lag, mailbox_depth, circuit_breakers;
extern const family transfers, transfer_volume, imbalanced_accounts;
extern const family scheduler_leader, schedule_fires, schedule_lag;
extern const family crash_record_full, quarantined_tasks, isolation_waiting, isolated_tasks, isolated_crashes;
extern const family spans_exported, spans_dropped;
extern const family build_info;
extern const family process_cpu, process_resident, process_virtual, process_fds, process_max_fds, process_start;

}  // namespace families

/// In the order of the documentation.
const std::vector<const family*>& all_families();

/// docs/metrics.md.
std::string metrics_markdown();

}  // namespace millrace::monitoring
