#include "config/interpolation.hpp"

#include "tests/unit/config/files.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

using namespace millrace::config;

namespace {

const variables env{{"HOST", "db"}, {"EMPTY", ""}, {"TRICK", "${HOST}"}};

std::string failure(const tl::expected<std::string, std::string>& result) { return result ? "" : result.error(); }

}  // namespace

BOOST_AUTO_TEST_SUITE(interpolation)

BOOST_AUTO_TEST_CASE(variables_are_replaced_anywhere_in_a_text) {
  BOOST_TEST(interpolate("plain", env).value() == "plain");
  BOOST_TEST(interpolate("a${HOST}b${HOST}", env).value() == "adbbdb");
  BOOST_TEST(interpolate("${EMPTY}", env).value() == "");
}

BOOST_AUTO_TEST_CASE(a_default_replaces_an_unset_or_empty_variable) {
  BOOST_TEST(interpolate("${NONE:-x:-y}", env).value() == "x:-y");
  BOOST_TEST(interpolate("${EMPTY:-x}", env).value() == "x");
  BOOST_TEST(interpolate("${HOST:-x}", env).value() == "db");
  BOOST_TEST(interpolate("${NONE:-}", env).value() == "");
}

BOOST_AUTO_TEST_CASE(an_unset_variable_is_named) {
  BOOST_TEST(failure(interpolate("${NONE}", env)) == "environment variable NONE is not set");
}

BOOST_AUTO_TEST_CASE(inserted_text_is_not_interpolated_again) {
  BOOST_TEST(interpolate("${TRICK}", env).value() == "${HOST}");
}

BOOST_AUTO_TEST_CASE(dollars_can_be_escaped) {
  BOOST_TEST(interpolate("$${HOST}", env).value() == "${HOST}");
  BOOST_TEST(interpolate("5$ and $HOST $$", env).value() == "5$ and $HOST $$");
}

BOOST_AUTO_TEST_CASE(malformed_references_are_errors) {
  for (const auto* text : {"${", "${HOST", "${}", "${1A}", "${A B}", "${:-x}"})
    BOOST_TEST(!interpolate(text, env).has_value(), text);
}

BOOST_AUTO_TEST_CASE(a_secret_may_be_a_file_and_loses_one_trailing_newline) {
  const scratch_folder folder;
  BOOST_TEST(read_secret("file:" + folder.write("a", "hunter2\n")).value() == "hunter2");
  BOOST_TEST(read_secret("file:" + folder.write("b", "hunter2\r\n")).value() == "hunter2");
  BOOST_TEST(read_secret("file:" + folder.write("c", "hunter2 \n\n")).value() == "hunter2 \n");
  BOOST_TEST(read_secret("file://" + folder.write("d", "hunter2")).value() == "hunter2");
  BOOST_TEST(read_secret("not a file").value() == "not a file");
}

BOOST_AUTO_TEST_CASE(a_secret_file_that_cannot_be_used_is_named) {
  const scratch_folder folder;
  const std::string pipe = folder.path() + "/pipe";
  BOOST_REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  BOOST_TEST(failure(read_secret("file:/nowhere/at all")).find("cannot read '/nowhere/at all': No such file") == 0U);
  BOOST_TEST(failure(read_secret("file:" + pipe)).find("not a regular file") != std::string::npos);
  BOOST_TEST(failure(read_secret("file:" + folder.path())).find("not a regular file") != std::string::npos);
  BOOST_TEST(failure(read_secret("file:" + folder.write("empty", "\n"))).find("is empty") != std::string::npos);
  BOOST_TEST(failure(read_secret("file:" + folder.write("large", std::string(64 * 1024 + 1, 'x')))).find("larger") !=
             std::string::npos);
  BOOST_TEST(failure(read_secret("file:secrets/x")).find("absolute path") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
