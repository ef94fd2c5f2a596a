#pragma once

#include "runtime/program/api/parameter.hpp"

/// Parameters that several resources share.
namespace millrace::api {

inline parameter reason_parameter() {
  return {.name = "reason",
          .in = location::body,
          .type = value_type::text,
          .description = "the operator's reason, for the audit log",
          .required = true,
          .max = 1000};
}

/// Restricts a list to one tenant.
inline parameter tenant_filter(location in = location::query) {
  return {.name = "tenant", .in = in, .type = value_type::text, .description = "tenant", .max = 64};
}

inline parameter page_size() {
  return {.name = "limit",
          .in = location::query,
          .type = value_type::integer,
          .description = "entries per page; default 100",
          .max = 500};
}

inline parameter page_cursor() {
  return {.name = "cursor",
          .in = location::query,
          .type = value_type::text,
          .description = "`next_cursor` of the previous page",
          .max = 128};
}

}  // namespace millrace::api
