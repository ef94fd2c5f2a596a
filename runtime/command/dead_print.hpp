#pragma once

#include "connectors/postgres/dead_letter_query.hpp"
#include "runtime/terminal_text.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace millrace::command {

/// All texts of a letter, by the name of their column, in the order people want them.
std::vector<std::pair<const char*, std::string>> texts_of(const postgres::dead_letter_record& letter);

/// The letter as a JSON object; null stands for nothing.
nlohmann::ordered_json to_json(const postgres::dead_letter_record& letter);
/// With everything: its properties as an object, its bytes as base64.
nlohmann::ordered_json to_json(const postgres::dead_letter_record& letter, const postgres::dead_letter_bytes& bytes);

/// One line on standard output; throws `failure` (1) if nobody takes it.
void print_line(const std::string& text);
void print_line(const nlohmann::ordered_json& object);
void print_short(const postgres::dead_letter_record& letter, bool json);

}  // namespace millrace::command
