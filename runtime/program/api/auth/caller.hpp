#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Who asks, and what one may: the only place that grants anything.
namespace millrace::api {

enum class role : std::uint8_t { viewer, operating, auditor, admin };
enum class permission : std::uint8_t {
  read,        ///< what is there and how it goes, without payloads
  operate,     ///< change what runs; see payloads
  audit,       ///< read who did what
  administer,  ///< everything
};

inline constexpr std::array<std::pair<std::string_view, role>, 4> role_names{
    {{"viewer", role::viewer}, {"operator", role::operating}, {"auditor", role::auditor}, {"admin", role::admin}}};

std::optional<role> role_of(std::string_view name);
std::string_view to_string(role r);

struct caller {
  std::string name;  ///< as the audit log names it: token:<name>(<id>) or oidc:<subject>
  std::string key;   ///< by which its rate is counted
  role has = role::viewer;
  std::string tenant{};  ///< empty: all tenants
};

/// Whether the role has the permission.
bool grants(role r, permission p);

}  // namespace millrace::api
