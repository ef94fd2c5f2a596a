#include "monitoring/metrics/metrics.hpp"

#include "monitoring/metrics/family.hpp"
#include "monitoring/metrics/process_metrics.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <iterator>
#include <sstream>

namespace millrace::monitoring {

metrics::metrics()
    : registry_(std::make_unique<family_registry>()),
      tasks_(make_task_families(*registry_)),
      dependencies_(make_dependency_families(*registry_)),
      node_(make_node_families(*registry_)) {
  // Connections to the broker are tried only after the database is reachable.
  for (const auto* connection : {"postgres_tasks", "postgres_reports"}) connection_up(connection, false);
}

metrics::~metrics() = default;

std::vector<family> metrics::families() const {
  auto all = registry_->declared;
  std::ranges::copy(process_families(), std::back_inserter(all));
  return all;
}

std::string metrics::expose() const {
  refresh_ages();
  auto collected = registry_->series.Collect();
  std::ranges::move(process_metrics(), std::back_inserter(collected));
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, collected);
  return std::move(out).str();
}

}  // namespace millrace::monitoring
