#include "connectors/postgres/cluster/node_store.hpp"
#include "runtime/program/api/openapi.hpp"
#include "runtime/program/api/resources.hpp"

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

std::vector<route> node_routes() {
  return {
      {.operation = "list_nodes",
       .method = "GET",
       .path = "/api/v1/nodes",
       .summary = "List the nodes that joined within the last day, and whether they are alive",
       .permission = permission::read,
       .scope = tenant_scope::all_tenants,
       .response = "nodes",
       .handler = list_nodes},
      {.operation = "list_types",
       .method = "GET",
       .path = "/api/v1/types",
       .summary = "List the task types that this node executes",
       .permission = permission::read,
       .scope = tenant_scope::one_tenant,
       .response = "task_types",
       .handler = list_types},
      {.operation = "show_openapi",
       .method = "GET",
       .path = "/api/v1/openapi.json",
       .summary = "Show this document",
       .permission = permission::read,
       .scope = tenant_scope::one_tenant,
       .response = "openapi",
       .handler = document},
  };
}

}  // namespace millrace::api
