#include "tests/unit/docs/pages.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <sstream>

using namespace millrace::test;
namespace fs = std::filesystem;

namespace {

struct block {
  std::string page;
  int line = 0;
  std::string file;  ///< named after the language, or empty
  std::string code;
};

std::string where(const block& b) { return b.page + ":" + std::to_string(b.line); }

std::vector<block> cpp_blocks(const std::string& page) {
  std::vector<block> blocks;
  std::istringstream lines{page_text(repository / page)};
  int number = 0;
  bool open = false;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const auto fence = line.find("```");
    if (open && fence != line.npos)
      open = false;
    else if (open)
      blocks.back().code += line + "\n";
    else if (fence != line.npos && (line.compare(fence + 3, 3, "cpp") == 0 || line.compare(fence + 3, 3, "c++") == 0)) {
      const auto name = line.find_first_not_of(' ', fence + 6);
      blocks.push_back({page, number, name == line.npos ? "" : line.substr(name), ""});
      open = true;
    }
  }
  return blocks;
}

std::vector<block> all_cpp_blocks() {
  std::vector<block> all;
  for (const auto& page : checked_pages()) std::ranges::copy(cpp_blocks(page), std::back_inserter(all));
  return all;
}

std::vector<std::string> listed_examples() {
  std::istringstream names{MILLRACE_EXAMPLES};
  return {std::istream_iterator<std::string>{names}, {}};
}

/// All sources of the two programs that compile examples.
std::string sources() {
  std::string text;
  for (const auto& folder :
       {repository / "tests/unit/docs", repository / "tests/integration/docs", fs::path{MILLRACE_EXAMPLES_DIR} / "tests"})
    for (const auto& entry : fs::recursive_directory_iterator{folder})
      if (entry.path().extension() == ".cpp") text += page_text(entry.path());
  return text;
}

/// The code lines without comments, indentation and blank lines.
std::vector<std::string> statements(const std::string& code) {
  std::vector<std::string> found;
  std::istringstream lines{code};
  for (std::string line; std::getline(lines, line);) {
    line = line.substr(0, line.find("//"));
    const auto first = line.find_first_not_of(' ');
    if (first == line.npos) continue;
    found.push_back(line.substr(first, line.find_last_not_of(' ') + 1 - first));
  }
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(examples)

BOOST_AUTO_TEST_CASE(every_cpp_block_of_readme_and_guides_is_compiled) {
  const auto listed = listed_examples();
  const auto compiled = sources();
  std::vector<std::string> seen;
  for (const auto& b : all_cpp_blocks()) {
    BOOST_TEST_CONTEXT(where(b)) {
      BOOST_CHECK_MESSAGE(!b.file.empty(), "the C++ block names no file: ```cpp FILE");
      if (b.file.empty() || fs::is_regular_file(repository / b.file)) continue;
      seen.push_back(b.file);
      BOOST_CHECK_MESSAGE(std::ranges::count(listed, b.file) == 1,
                          b.file + " is not listed in tests/unit/docs/examples.cmake");
      if (b.file.ends_with(".cpp")) continue;
      BOOST_CHECK_MESSAGE(compiled.find("#include <" + b.file + ">") != compiled.npos, "no test includes " + b.file);
    }
  }
  for (const auto& name : listed)
    BOOST_CHECK_MESSAGE(std::ranges::count(seen, name) == 1, name + " is in no page, or twice");
}

BOOST_AUTO_TEST_CASE(a_block_that_quotes_a_file_is_what_the_file_says) {
  for (const auto& b : all_cpp_blocks()) {
    if (b.file.empty() || !fs::is_regular_file(repository / b.file)) continue;
    BOOST_TEST_CONTEXT(where(b)) {
      const auto quoted = statements(b.code), file = statements(page_text(repository / b.file));
      const auto found =
          std::search(file.begin(), file.end(), quoted.begin(), quoted.end());  // clang 14 has no ranges::search
      BOOST_CHECK_MESSAGE(found != file.end(), "the block is not in " + b.file);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
