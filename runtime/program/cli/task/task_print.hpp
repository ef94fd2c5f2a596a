#pragma once

#include "connectors/postgres/task/task_query.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace millrace::cli {

/// The texts of a task, by name, in the order people want them.
std::vector<std::pair<const char*, std::string>> texts_of(const postgres::task_record& t);
/// The task as a JSON object; null stands for nothing.
nlohmann::json task_json(const postgres::task_record& t);
/// What there is of it on standard output, a line each.
void print_fields(const postgres::task_record& t);

}  // namespace millrace::cli
