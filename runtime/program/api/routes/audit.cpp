#include "connectors/postgres/audit/audit_query.hpp"
#include "runtime/program/api/resources.hpp"
#include "runtime/program/api/shared_parameters.hpp"

namespace millrace::api {
namespace {

using nlohmann::ordered_json;

ordered_json to_json(const postgres::audit_record& r) {
  ordered_json j{{"id", r.id},        {"at", r.at},           {"actor", r.actor}, {"action", r.action},
                 {"tenant", nullptr}, {"subject", r.subject}, {"detail", nullptr}};
  if (!r.tenant.empty()) j["tenant"] = r.tenant;
  if (!r.detail.empty()) {
    auto detail = ordered_json::parse(r.detail, nullptr, false);
    j["detail"] = detail.is_discarded() ? ordered_json(r.detail) : std::move(detail);
  }
  return j;
}

answer list(call& c) {
  const auto limit = static_cast<std::size_t>(c.args.integer("limit", 100));
  const postgres::audit_filter filter{.actor = c.args.text("actor"),
                                      .action = c.args.text("action"),
                                      .subject = c.args.text("subject"),
                                      .tenant = c.tenant(),
                                      .since_us = c.args.timestamp_us("since"),
                                      .until_us = c.args.timestamp_us("until")};
  const auto before = c.args.has("cursor") ? std::optional{c.args.integer("cursor")} : std::nullopt;
  std::vector<postgres::audit_record> rows;
  c.database.run([&](unit_of_work& work) { rows = postgres::list_audit(work, filter, before, limit + 1); });
  const bool more = rows.size() > limit;
  if (more) rows.pop_back();
  answer a{200, {{"audit", ordered_json::array()}, {"next_cursor", nullptr}}};
  for (auto& r : rows) a.body["audit"].push_back(to_json(r));
  if (more) a.body["next_cursor"] = std::to_string(rows.back().id);
  return a;
}

}  // namespace

std::vector<route> audit_routes() {
  return {
      {.operation = "list_audit",
       .method = "GET",
       .path = "/api/v1/audit",
       .summary = "List audit log entries, newest first",
       .permission = permission::audit,
       .scope = tenant_scope::one_tenant,
       .parameters =
           {{.name = "actor", .in = location::query, .type = value_type::text, .description = "actor"},
            {.name = "action", .in = location::query, .type = value_type::text, .description = "action, e.g. queue.pause"},
            {.name = "subject",
             .in = location::query,
             .type = value_type::text,
             .description = "object of the action, e.g. a queue, a task or a run"},
            tenant_filter(),
            {.name = "since",
             .in = location::query,
             .type = value_type::timestamp,
             .description = "entries at or after this time"},
            {.name = "until",
             .in = location::query,
             .type = value_type::timestamp,
             .description = "entries before this time"},
            page_size(),
            {.name = "cursor",
             .in = location::query,
             .type = value_type::integer,
             .description = "`next_cursor` of the previous page",
             .min = 0,
             .max = 9e15}},
       .response = "audit",
       .handler = list},
  };
}

}  // namespace millrace::api
