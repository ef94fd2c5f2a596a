#include "connectors/postgres/audit/audit_query.hpp"
#include "runtime/program/api/route.hpp"

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
                                      .since_us = c.args.moment_us("since"),
                                      .until_us = c.args.moment_us("until")};
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

void add_audit_routes(std::vector<route>& all) {
  all.push_back({"list_audit",
                 "GET",
                 "/api/v1/audit",
                 permission::audit,
                 tenant_scope::one_tenant,
                 "Who did what, the newest first",
                 "audit",
                 {{"actor", place::query, kind::text, "who"},
                  {"action", place::query, kind::text, "what, e.g. queue.pause"},
                  {"subject", place::query, kind::text, "to what, e.g. a queue, a task or a run"},
                  {"tenant", place::query, kind::text, "tenant", false, 1, 64},
                  {"since", place::query, kind::moment, "then or later"},
                  {"until", place::query, kind::moment, "before then"},
                  {"limit", place::query, kind::integer, "rows of a page; 100 without it", false, 1, 500},
                  {"cursor", place::query, kind::integer, "next_cursor of the page before", false, 0, 9e15}},
                 list});
}

}  // namespace millrace::api
