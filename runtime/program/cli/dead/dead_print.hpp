#pragma once

#include "connectors/postgres/dead_letter/dead_letter_query.hpp"
#include "runtime/program/cli/list_printer.hpp"
#include "runtime/program/terminal/terminal_text.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace millrace::cli {

/// All text fields of a dead letter with their JSON names, in display order.
std::vector<std::pair<const char*, std::string>> texts_of(const postgres::dead_letter_record& dead_letter);

/// The dead letter as a JSON object; empty texts become null.
nlohmann::ordered_json to_json(const postgres::dead_letter_record& dead_letter);
/// Includes the properties as an object and the bytes as base64.
nlohmann::ordered_json to_json(const postgres::dead_letter_record& dead_letter, const postgres::dead_letter_bytes& bytes);

/// The table of dead letters; `with_states` adds a column with open, replayed or discarded.
list_printer dead_letter_listing(bool with_states);
terminal::table_row dead_letter_row(const postgres::dead_letter_record& dead_letter, bool with_state);

}  // namespace millrace::cli
