#include "runtime/program/api/auth/caller.hpp"

namespace millrace::api {

std::optional<role> role_of(std::string_view name) {
  for (auto& [text, r] : role_names)
    if (text == name) return r;
  return std::nullopt;
}

std::string_view to_string(role r) {
  for (auto& [text, value] : role_names)
    if (value == r) return text;
  return "none";
}

bool grants(role r, permission p) {
  switch (p) {
    case permission::read:
      return true;
    case permission::operate:
      return r == role::operating || r == role::admin;
    case permission::audit:
      return r == role::auditor || r == role::admin;
    case permission::administer:
      return r == role::admin;
  }
  return false;
}

}  // namespace millrace::api
