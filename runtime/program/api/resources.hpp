#pragma once

#include "runtime/program/api/route.hpp"

#include <array>

/// The list of resources. Each function returns the routes of one resource and is defined in routes/<resource>.cpp. To add a
/// resource, declare its function here and append it to `resources`.
namespace millrace::api {

std::vector<route> node_routes();
std::vector<route> queue_routes();
std::vector<route> task_routes();
std::vector<route> submission_routes();
std::vector<route> dead_letter_routes();
std::vector<route> schedule_routes();
std::vector<route> audit_routes();

/// In the order of the OpenAPI document.
inline constexpr std::array resources{node_routes,        queue_routes,    task_routes, submission_routes,
                                      dead_letter_routes, schedule_routes, audit_routes};

}  // namespace millrace::api
