#include "runtime/program/terminal/terminal_colour.hpp"
#include "runtime/program/terminal/terminal_text.hpp"
#include "runtime/program/terminal/text_width.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;
using namespace millrace::terminal;

BOOST_AUTO_TEST_SUITE(terminal_output)

BOOST_AUTO_TEST_CASE(colours_are_for_terminals_that_want_them) {
  BOOST_TEST((colours_for(true, nullptr, "xterm") == colours::on));
  BOOST_TEST((colours_for(true, nullptr, nullptr) == colours::on));
  BOOST_TEST((colours_for(true, "", "xterm") == colours::on));
  BOOST_TEST((colours_for(true, "1", "xterm") == colours::off));
  BOOST_TEST((colours_for(true, nullptr, "dumb") == colours::off));
  BOOST_TEST((colours_for(false, nullptr, "xterm") == colours::off));
}

BOOST_AUTO_TEST_CASE(states_are_red_yellow_green_or_plain) {
  BOOST_TEST((tint_of_state("dead") == tint::red));
  BOOST_TEST((tint_of_state("retrying") == tint::yellow));
  BOOST_TEST((tint_of_state("paused") == tint::yellow));
  BOOST_TEST((tint_of_state("succeeded") == tint::green));
  BOOST_TEST((tint_of_state("cancelled") == tint::plain));
  BOOST_TEST(painted("dead", tint::red, colours::on) == "\x1b[31mdead\x1b[0m");
  BOOST_TEST(painted("dead", tint::red, colours::off) == "dead");
  BOOST_TEST(painted("running", tint::plain, colours::on) == "running");
}

BOOST_AUTO_TEST_CASE(a_text_is_truncated_between_characters_with_an_ellipsis) {
  BOOST_TEST(cut_to_width("abcdef", 6) == "abcdef");
  BOOST_TEST(cut_to_width("abcdef", 5) == "abcd…");
  BOOST_TEST(cut_to_width("Grüße", 4) == "Grü…");
  BOOST_TEST(cut_to_width("日本語", 6) == "日本語");
  BOOST_TEST(cut_to_width("日本語", 5) == "日本…");
  BOOST_TEST(cut_to_width("日本語", 4) == "日…");
  BOOST_TEST(cut_to_width("日本語", 1) == "…");
  BOOST_TEST(cut_to_width("abc", 0).empty());
  BOOST_TEST(cut_to_width("", 3).empty());
}

BOOST_AUTO_TEST_CASE(combining_marks_in_a_cell_are_limited) {
  std::string pile{"z"};
  for (int i = 0; i < 10'000; ++i) pile += "\u0301";
  BOOST_TEST(text_width(pile) == 1U);
  const auto cut = cut_to_width(pile, 10);
  BOOST_TEST(cut.size() <= 80U);
  BOOST_TEST(cut.ends_with("…"));
}

BOOST_AUTO_TEST_CASE(bidirectional_controls_are_escaped) {
  for (const char* control : {"\u061C", "\u200E", "\u200F", "\u202A", "\u202E", "\u2066", "\u2069", "\u206A", "\u206F"})
    BOOST_TEST(terminal_text(control, 8, false).starts_with("\\x"), control);
  BOOST_TEST(terminal_text("مرحبا שלום", 64, false) == "مرحبا שלום");
}

BOOST_AUTO_TEST_SUITE_END()
