#pragma once

#include "runtime/program/api/route.hpp"

namespace millrace::api {

/// Generates the OpenAPI 3.1 document of the routes.
nlohmann::ordered_json openapi_document(const std::vector<route>& all);

}  // namespace millrace::api
