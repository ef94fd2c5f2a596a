#pragma once

#include "connectors/postgres/task/task_query.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace millrace::cli {

/// The text fields of a task with their names, in display order.
std::vector<std::pair<const char*, std::string>> text_fields(const postgres::task_record& t);
/// The task as a JSON object. An empty field is null.
nlohmann::json task_json(const postgres::task_record& t);
/// Prints the non-empty fields to standard output, one per line.
void print_fields(const postgres::task_record& t);

}  // namespace millrace::cli
