#include "actors/handlers/fault_injection/record_handler.hpp"

#include "connectors/postgres/session/column_array.hpp"
#include "runtime/task/task_payload.hpp"

#include <limits>
#include <string>

namespace millrace::handlers {
namespace {

constexpr statement insert_executions{"test_record", R"sql(
insert into millrace_test.execution (task_id, tenant)
select u.id, coalesce(u.tenant, ($2::text[])[1])
from unnest($1::uuid[], $2::text[]) with ordinality as u(id, tenant, place)
order by u.place)sql"};

struct record_request {
  std::int64_t number = 0;
  std::int64_t follow_ups = 0;
};

tl::expected<record_request, std::string> read_record_request(const task& t) {
  const auto payload = parse_payload(t);
  if (!payload) return tl::unexpected(payload.error());
  using limits = std::numeric_limits<std::int64_t>;
  payload_reader fields(*payload);
  record_request wanted{.number = fields.integer("number", limits::min(), limits::max()),
                        .follow_ups = fields.integer_or("follow_ups", 0, 0, static_cast<std::int64_t>(max_follow_ups))};
  if (auto problem = fields.finish()) return tl::unexpected(*std::move(problem));
  return wanted;
}

succeeded recorded(const task& t, const record_request& wanted) {
  succeeded done;
  for (std::int64_t i = 0; i < wanted.follow_ups; ++i)
    done.then.push_back(
        {.type = std::string{record_handler::type}, .payload = "{\"number\":" + std::to_string(i) + "}", .queue = t.queue});
  return done;
}

}  // namespace

std::vector<outcome> record_handler::execute(unit_of_work& work, std::span<const task> batch) {
  std::vector<outcome> outcomes;
  text_array ids;
  postgres::column_array tenants;
  bool any = false;
  for (const auto& t : batch) {
    const auto request = read_record_request(t);
    if (!request) {
      outcomes.emplace_back(dead{dead_reason::invalid_payload, request.error()});
      continue;
    }
    any = true;
    ids.add(to_string(t.id));
    tenants.add(t.tenant);
    outcomes.emplace_back(recorded(t, *request));
  }
  if (any) work.exec(insert_executions, ids.str(), tenants.str());
  return outcomes;
}

}  // namespace millrace::handlers
