#pragma once

#include "actors/node/node_context.hpp"
#include "runtime/program/api/auth/caller.hpp"
#include "runtime/program/api/database_pool.hpp"
#include "runtime/program/api/parameter.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

/// The routes of the API. Each route declares permission, parameters and handler.
namespace millrace::api {

/// A request that passed authentication, authorisation and parameter checks.
struct call {
  actors::node_context& shared;
  database_pool& database;
  const caller& who;
  const arguments& args;
  std::string_view if_match;         ///< the header; empty if absent
  std::string_view idempotency_key;  ///< the header; empty if absent
  std::string_view traceparent;      ///< the header; empty if absent

  /// The tenant to restrict the request to: the caller's own, else the parameter `tenant`. Empty: all tenants.
  std::string tenant() const;
  /// Whether the caller may access objects of the tenant `owner`.
  bool may_touch(std::string_view owner) const { return who.tenant.empty() || owner == who.tenant; }
};

struct answer {
  int status = 200;
  nlohmann::ordered_json body{};
  std::string etag{};
  std::string denied{};  ///< objects of other tenants that the request named and the handler skipped; for the audit log
};

/// The callers that may use a route.
enum class tenant_scope : std::uint8_t {
  one_tenant,   ///< callers of one tenant, for objects of their tenant, and callers of all tenants
  all_tenants,  ///< callers of all tenants only
};

struct route {
  std::string_view operation;  ///< OpenAPI operationId, and label of the request metrics
  std::string_view method;
  std::string_view path;
  std::string_view summary;
  api::permission permission;
  tenant_scope scope;
  std::vector<parameter> parameters{};
  std::string_view response;  ///< name of the body's schema in response_schemas()
  answer (*handler)(call&);
  bool has_etag = false;  ///< sends ETag; if it changes something, it accepts If-Match
  bool accepts_idempotency_key = false;
};

/// All routes, in the order of the OpenAPI document.
const std::vector<route>& routes();

struct match {
  const route* found = nullptr;
  std::map<std::string, std::string> captured{};  ///< path parameters by name, decoded
  std::string allow{};                            ///< if no method matches: the methods of the path, for the Allow header
};
/// Finds the route of a request. Compares paths segment by segment after decoding. Paths with empty or dot segments match no
/// route, so each path has exactly one spelling.
match find_route(const std::vector<route>& all, std::string_view method, std::string_view path);

}  // namespace millrace::api
