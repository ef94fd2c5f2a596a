#include "connectors/smtp/header_lines.hpp"

#include "connectors/smtp/encoded_word.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/evp.h>

#include <array>
#include <sstream>

using namespace millrace::smtp;

namespace {

std::vector<std::string> lines_of(std::string text) {
  std::vector<std::string> lines;
  for (std::size_t at; (at = text.find("\r\n")) != std::string::npos; text.erase(0, at + 2))
    lines.push_back(text.substr(0, at));
  lines.push_back(text);
  return lines;
}

/// What a reader makes of encoded-words with nothing but folds between them.
std::string decode_words(const std::string& text) {
  std::string result;
  for (std::size_t at = 0; (at = text.find("=?UTF-8?B?", at)) != std::string::npos;) {
    const auto end = text.find("?=", at + 10);
    const auto base64 = text.substr(at + 10, end - at - 10);
    std::array<unsigned char, 80> bytes{};
    const int length = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(base64.data()),
                                       static_cast<int>(base64.size()));
    const auto padding = base64.ends_with("==") ? 2 : base64.ends_with("=") ? 1 : 0;
    result.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(length - padding));
    at = end;
  }
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(header_lines)

BOOST_AUTO_TEST_CASE(ordinary_ascii_stays_as_it_is) {
  BOOST_TEST(text_header_line("Subject", "Your invoice 2026-11") == "Subject: Your invoice 2026-11");
  BOOST_TEST(text_header_line("Subject", "") == "Subject:");
}

BOOST_AUTO_TEST_CASE(long_ascii_is_folded_between_words_and_unfolds_to_the_same) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += (i == 0 ? "word" : " word") + std::to_string(i);
  const auto line = text_header_line("Subject", text);
  std::string unfolded;
  for (const auto& l : lines_of(line)) {
    BOOST_TEST(l.size() <= 78U);
    unfolded += l;
  }
  BOOST_TEST(unfolded == "Subject: " + text);
}

BOOST_AUTO_TEST_CASE(non_ascii_text_becomes_encoded_words) {
  BOOST_TEST(text_header_line("Subject", "Grüße") == "Subject:\r\n =?UTF-8?B?R3LDvMOfZQ==?=");
}

BOOST_AUTO_TEST_CASE(encoded_words_have_whole_characters_and_75_at_most) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "a€😀ü";
  const auto words = encode_words(text);
  std::string together;
  for (const auto& line : lines_of(words)) {
    const auto word = line.starts_with(' ') ? line.substr(1) : line;
    BOOST_TEST(word.size() <= 75U);
    const auto part = decode_words(word);
    BOOST_TEST(is_clean_text(part));
    together += part;
  }
  BOOST_TEST(together == text);
}

BOOST_AUTO_TEST_CASE(text_that_folding_would_change_is_encoded) {
  for (const std::string& text : {std::string(200, 'x'), std::string{"two  blanks"}, std::string{" front"},
                                  std::string{"end "}, std::string{"looks =?UTF-8?Q?encoded?="}}) {
    const auto line = text_header_line("Subject", text);
    BOOST_TEST(decode_words(line) == text);
    for (const auto& l : lines_of(line)) BOOST_TEST(l.size() <= 78U);
  }
}

BOOST_AUTO_TEST_CASE(runs_of_blanks_never_make_an_empty_line) {
  const auto line = header_line("References", "<a@x>" + std::string(200, ' ') + "<" + std::string(90, 'b') + "@x>   ");
  for (const auto& l : lines_of(line)) BOOST_TEST(l.find_first_not_of(' ') != std::string::npos);
}

BOOST_AUTO_TEST_CASE(addresses_are_folded_one_per_line) {
  BOOST_TEST(address_header_line("To", {"a@x.org", "Zoë <z@x.org>"}) == "To: a@x.org,\r\n =?UTF-8?B?Wm/Dqw==?= <z@x.org>");
}

BOOST_AUTO_TEST_CASE(the_date_is_that_of_rfc_5322) {
  const std::chrono::system_clock::time_point when{std::chrono::seconds{1'614'265'330}};
  BOOST_TEST(mail_date(when) == "Thu, 25 Feb 2021 15:02:10 +0000");
}

BOOST_AUTO_TEST_CASE(file_names_are_plain_or_rfc_2231) {
  BOOST_TEST(attachment_disposition("report 1.pdf") == "attachment; filename=\"report 1.pdf\"");
  BOOST_TEST(attachment_disposition("ä\".pdf") == "attachment;\r\n filename*=UTF-8''%C3%A4%22.pdf");
}

BOOST_AUTO_TEST_CASE(clean_text_has_no_controls_and_is_utf_8) {
  BOOST_TEST(is_clean_text("Grüße 😀"));
  for (const std::string& text :
       {std::string{"\r"}, std::string{"\n"}, std::string{"\t"}, std::string{"a\0b", 3}, std::string{"\x7f"},
        std::string{"\xc2\x85"}, std::string{"\xe2\x80\xa8"}, std::string{"\xe2\x80\xa9"}, std::string{"\x80"},
        std::string{"\xc3"}, std::string{"\xc0\xaf"}, std::string{"\xed\xa0\x80"}, std::string{"\xf4\x90\x80\x80"},
        std::string{"\xf8\x88\x80\x80\x80"}})
    BOOST_TEST(!is_clean_text(text));
}

BOOST_AUTO_TEST_SUITE_END()
