#pragma once

#include "runtime/program/terminal/terminal_colour.hpp"
#include "runtime/program/top/top_sample.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace millrace {

/// Figures as lines for people; what nobody could tell is a dash. Texts from outside are made fit for a terminal. Pure.
std::string top_text(const top_sample& f, colours c);

/// Figures as one object; null stands for what nobody could tell, and for a rate limit that is not set. Pure.
nlohmann::ordered_json top_json(const top_sample& f);

}  // namespace millrace
