#include "runtime/program/api/auth/base64url.hpp"

#include "actors/handlers/email/base64.hpp"

#include <algorithm>

namespace millrace::api {

std::optional<std::string> from_base64url(std::string_view text) {
  if (text.find_first_of("+/=") != text.npos) return {};
  std::string standard{text};
  std::replace(standard.begin(), standard.end(), '-', '+');
  std::replace(standard.begin(), standard.end(), '_', '/');
  standard.append((4 - standard.size() % 4) % 4, '=');
  return from_base64(standard);
}

}  // namespace millrace::api
