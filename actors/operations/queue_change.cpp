#include "actors/operations/queue_change.hpp"

#include "connectors/postgres/audit/audit_store.hpp"

#include <nlohmann/json.hpp>

#include <vector>

namespace millrace::operations {
namespace {

using nlohmann::ordered_json;

ordered_json limits_json(const postgres::queue_control& c) {
  ordered_json j{{"paused", c.paused}, {"concurrency", nullptr}, {"rate_limit", nullptr}};
  if (c.concurrency) j["concurrency"] = *c.concurrency;
  if (c.rate_limit) j["rate_limit"] = *c.rate_limit;
  return j;
}

}  // namespace

postgres::queue_control change_queue(unit_of_work& work, const queue_order& order) {
  const auto before = postgres::lock_queue_control(work, order.queue);
  const auto version = std::to_string(before.version);
  if (!order.expected_version.empty() && order.expected_version != version)
    throw queue_changed_meanwhile{"the queue settings are now at version " + version + "; read them again"};
  auto after = before;
  order.edit(after);
  after.changed_by = order.actor;
  after.why = order.why;
  postgres::write_queue_control(work, after);
  const ordered_json detail{{"reason", order.why}, {"before", limits_json(before)}, {"after", limits_json(after)}};
  postgres::add_audit(work, std::vector<postgres::audit_row>{{order.actor, order.action, {}, order.queue, detail.dump()}});
  return postgres::lock_queue_control(work, order.queue);
}

}  // namespace millrace::operations
