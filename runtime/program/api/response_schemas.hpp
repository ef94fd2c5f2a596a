#pragma once

#include <nlohmann/json.hpp>

namespace millrace::api {

/// JSON Schemas of the bodies that operations answer with, by the name that their route gives (`route::response`). Every
/// member is always there unless its description says otherwise; what is not known is null.
nlohmann::ordered_json response_schemas();

}  // namespace millrace::api
