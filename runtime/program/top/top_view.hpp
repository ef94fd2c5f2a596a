#pragma once

#include "runtime/program/terminal/terminal_colour.hpp"
#include "runtime/program/top/top_sample.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace millrace::top {

/// The figures as lines for a terminal; `-` means unknown. Texts from other systems are escaped. Pure.
std::string top_text(const top_sample& f, terminal::colours c);

/// The figures as one object; null means unknown, or no rate limit. Pure.
nlohmann::ordered_json top_json(const top_sample& f);

}  // namespace millrace::top
