#include "connectors/postgres/cluster/node_store.hpp"
#include "runtime/program/api/openapi.hpp"

namespace millrace::api {
namespace {

using nlohmann::ordered_json;

answer list_nodes(call& c) {
  std::vector<postgres::node_record> nodes;
  c.database.run([&](unit_of_work& work) { nodes = postgres::list_nodes(work); });
  answer a{200, {{"nodes", ordered_json::array()}}};
  for (auto& n : nodes)
    a.body["nodes"].push_back({{"identity", n.identity},
                               {"name", n.name},
                               {"version", n.version},
                               {"started_at", n.started_at},
                               {"alive", n.alive},
                               {"answers", n.identity == c.shared.identity}});
  return a;
}

answer list_types(call& c) {
  answer a{200, {{"types", ordered_json::array()}}};
  for (auto& name : c.shared.handlers->types()) {
    auto& type = *c.shared.handlers->find(name);
    a.body["types"].push_back({{"type", name},
                               {"kind", type.transactional() ? "transactional" : "effect"},
                               {"timeout_ms", type.policy.timeout.count()},
                               {"max_attempts", type.policy.max_attempts},
                               {"concurrency", type.policy.concurrency},
                               {"id_required", type.policy.id_required}});
  }
  return a;
}

answer document(call&) { return {200, openapi_document(routes())}; }

}  // namespace

void add_node_routes(std::vector<route>& all) {
  all.push_back({"list_nodes",
                 "GET",
                 "/api/v1/nodes",
                 permission::read,
                 tenant_scope::all_tenants,
                 "The nodes that joined within a day, and which of them live",
                 "nodes",
                 {},
                 list_nodes});
  all.push_back({"list_types",
                 "GET",
                 "/api/v1/types",
                 permission::read,
                 tenant_scope::one_tenant,
                 "The task types that this node executes",
                 "task_types",
                 {},
                 list_types});
  all.push_back({"show_openapi",
                 "GET",
                 "/api/v1/openapi.json",
                 permission::read,
                 tenant_scope::one_tenant,
                 "This document",
                 "openapi",
                 {},
                 document});
}

}  // namespace millrace::api
