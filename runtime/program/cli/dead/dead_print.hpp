#pragma once

#include "connectors/postgres/dead_letter/dead_letter_query.hpp"
#include "runtime/program/cli/list_printer.hpp"
#include "runtime/program/terminal/terminal_text.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace millrace::cli {

/// All texts of a letter, by the name of their column, in the order people want them.
std::vector<std::pair<const char*, std::string>> texts_of(const postgres::dead_letter_record& letter);

/// The letter as a JSON object; null stands for nothing.
nlohmann::ordered_json to_json(const postgres::dead_letter_record& letter);
/// With everything: its properties as an object, its bytes as base64.
nlohmann::ordered_json to_json(const postgres::dead_letter_record& letter, const postgres::dead_letter_bytes& bytes);

/// Letters as people list them; with a column that tells open ones from replayed and discarded ones, or without.
list_printer dead_letter_listing(bool with_states);
table_row dead_letter_row(const postgres::dead_letter_record& letter, bool with_state);

}  // namespace millrace::cli
