#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Callers, roles and permissions. Permissions are granted here only.
namespace millrace::api {

enum class role : std::uint8_t { viewer, operating, auditor, admin };
enum class permission : std::uint8_t {
  read,        ///< read state, without payloads
  operate,     ///< change state; read payloads
  audit,       ///< read the audit log
  administer,  ///< everything
};

inline constexpr std::array<std::pair<std::string_view, role>, 4> role_names{
    {{"viewer", role::viewer}, {"operator", role::operating}, {"auditor", role::auditor}, {"admin", role::admin}}};

std::optional<role> role_of(std::string_view name);
std::string_view to_string(role r);

struct caller {
  std::string name;  ///< in the audit log: token:<name>(<id>) or oidc:<subject>
  std::string key;   ///< of the rate limiter
  role has = role::viewer;
  std::string tenant{};  ///< empty: all tenants
};

/// Whether the role has the permission.
bool grants(role r, permission p);

}  // namespace millrace::api
