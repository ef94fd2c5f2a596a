#include "runtime/task/outcome.hpp"

namespace millrace {

const char* to_string(dead_reason reason) noexcept {
  switch (reason) {
    case dead_reason::malformed_payload:
      return "malformed_payload";
    case dead_reason::invalid_payload:
      return "invalid_payload";
    case dead_reason::malformed_properties:
      return "malformed_properties";
    case dead_reason::unsupported_content_type:
      return "unsupported_content_type";
    case dead_reason::unknown_type:
      return "unknown_type";
    case dead_reason::missing_id:
      return "missing_id";
    case dead_reason::id_too_long:
      return "id_too_long";
    case dead_reason::id_conflict:
      return "id_conflict";
    case dead_reason::body_too_large:
      return "body_too_large";
    case dead_reason::attempts_exhausted:
      return "attempts_exhausted";
    case dead_reason::invalid_follow_up:
      return "invalid_follow_up";
    case dead_reason::rejected:
      return "rejected";
    case dead_reason::dead_lettered:
      return "dead_lettered";
    case dead_reason::poison:
      return "poison";
  }
  return "rejected";
}

}  // namespace millrace
