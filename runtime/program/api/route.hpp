#pragma once

#include "actors/node/node_context.hpp"
#include "runtime/program/api/auth/caller.hpp"
#include "runtime/program/api/database_pool.hpp"
#include "runtime/program/api/parameter.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

/// The operations of the API. Everything about one stands in its route: what it needs, what it takes, who answers.
namespace millrace::api {

/// What an operation is given: checked arguments of a caller that may.
struct call {
  node_context& shared;
  database_pool& database;
  const caller& who;
  const arguments& args;
  std::string_view if_match;         ///< the header, or nothing
  std::string_view idempotency_key;  ///< the header, or nothing
  std::string_view traceparent;      ///< the header, or nothing

  /// The tenant to look at: the caller's, where it is bound to one, or the one that it asks for; empty: all.
  std::string tenant() const;
  /// Whether things of that tenant are for this caller.
  bool may_touch(std::string_view owner) const { return who.tenant.empty() || owner == who.tenant; }
};

struct answer {
  int status = 200;
  nlohmann::ordered_json body{};
  std::string etag{};
  std::string denied{};  ///< for the audit log: what the request named that is not for this caller, and was left out
};

/// Whether callers that are bound to a tenant may: they see and change their tenant's things only, or not at all.
enum class tenant_scope : std::uint8_t { one_tenant, all_tenants };

struct route {
  std::string_view operation;  ///< operationId, and label of metrics
  std::string_view method, path;
  permission needs;
  tenant_scope of;
  std::string_view summary;
  std::string_view answers;  ///< which of answer_shapes() its body has
  std::vector<parameter> fields;
  answer (*run)(call&);
  bool has_etag = false;
  bool takes_key = false;  ///< an Idempotency-Key
};

/// All of them.
const std::vector<route>& routes();

// One file for each resource.
void add_queue_routes(std::vector<route>& all);
void add_dead_letter_routes(std::vector<route>& all);
void add_task_routes(std::vector<route>& all);
void add_schedule_routes(std::vector<route>& all);
void add_node_routes(std::vector<route>& all);
void add_audit_routes(std::vector<route>& all);

struct match {
  const route* found = nullptr;
  std::map<std::string, std::string> captured{};
  std::string allow{};  ///< the methods of that path, where none fits
};
/// Finds the route of a request. Paths are compared segment by segment after decoding; there are no dot segments, no empty
/// ones, and no second spelling of a path.
match find_route(const std::vector<route>& all, std::string_view method, std::string_view path);

}  // namespace millrace::api
