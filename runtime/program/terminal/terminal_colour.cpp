#include "runtime/program/terminal/terminal_colour.hpp"

#include <array>
#include <utility>

namespace millrace::terminal {
namespace {

std::string_view sequence_of(tint t) noexcept {
  switch (t) {
    case tint::plain:
      return "";
    case tint::bold:
      return "\x1b[1m";
    case tint::red:
      return "\x1b[31m";
    case tint::yellow:
      return "\x1b[33m";
    case tint::green:
      return "\x1b[32m";
  }
  return "";
}

constexpr std::array<std::pair<std::string_view, tint>, 9> tinted_states{{{"dead", tint::red},
                                                                          {"broken", tint::red},
                                                                          {"open", tint::red},
                                                                          {"retrying", tint::yellow},
                                                                          {"paused", tint::yellow},
                                                                          {"disabled", tint::yellow},
                                                                          {"succeeded", tint::green},
                                                                          {"enabled", tint::green},
                                                                          {"valid", tint::green}}};

}  // namespace

colours colours_for(bool terminal, const char* no_color, const char* term) noexcept {
  const bool unwanted = no_color && *no_color != '\0';
  const bool dumb = term && std::string_view{term} == "dumb";
  return terminal && !unwanted && !dumb ? colours::on : colours::off;
}

std::string painted(std::string_view text, tint t, colours c) {
  if (c == colours::off || t == tint::plain) return std::string{text};
  return std::string{sequence_of(t)}.append(text).append("\x1b[0m");
}

tint tint_of_state(std::string_view state) noexcept {
  for (const auto& [name, t] : tinted_states)
    if (name == state) return t;
  return tint::plain;
}

}  // namespace millrace::terminal
