#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Colours for people who look at a terminal; nothing depends on them.
namespace millrace {

enum class colours : std::uint8_t { off, on };

enum class tint : std::uint8_t { plain, bold, red, yellow, green };

/// On for a terminal, unless the variable NO_COLOR is set and not empty (no-color.org) or TERM says that it is dumb; null:
/// not set. Pure.
colours colours_for(bool terminal, const char* no_color, const char* term) noexcept;

/// The text between the sequences for `t`; as it is for `tint::plain` and where colours are off.
std::string painted(std::string_view text, tint t, colours c);

/// Red for what has failed for good, yellow for what waits for somebody or something, green for what is well; plain for
/// every other word.
tint tint_of_state(std::string_view state) noexcept;

}  // namespace millrace
