#pragma once

#include <nlohmann/json.hpp>

namespace millrace::api {

/// JSON Schemas of the response bodies, by `route::response`. Members are always present unless the description says
/// otherwise; unknown values are null.
nlohmann::ordered_json response_schemas();

}  // namespace millrace::api
