#pragma once

#include "runtime/program/api/route.hpp"

namespace millrace::api {

/// The OpenAPI 3.1 document of these routes.
nlohmann::ordered_json openapi_document(const std::vector<route>& all);

}  // namespace millrace::api
