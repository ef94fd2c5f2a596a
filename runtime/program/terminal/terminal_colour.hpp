#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Terminal colours. They carry no information that the text lacks.
namespace millrace::terminal {

enum class colours : std::uint8_t { off, on };

enum class tint : std::uint8_t { plain, bold, red, yellow, green };

/// On for a terminal, unless NO_COLOR is set and not empty (no-color.org) or TERM is "dumb". Null: variable not set. Pure.
colours colours_for(bool terminal, const char* no_color, const char* term) noexcept;

/// The text in escape sequences for `t`; unchanged for `tint::plain` or if colours are off.
std::string painted(std::string_view text, tint t, colours c);

/// The colour of a state: red for permanent failures, yellow for waiting or paused, green for success; plain otherwise.
tint tint_of_state(std::string_view state) noexcept;

}  // namespace millrace::terminal
