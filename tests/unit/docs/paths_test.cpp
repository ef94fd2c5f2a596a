#include "tests/unit/docs/pages.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <regex>

using namespace millrace::test;
namespace fs = std::filesystem;

namespace {

/// The texts in single backticks, outside of fenced blocks.
std::vector<std::string> quoted(const std::string& text) {
  static const std::regex fenced{"```[^]*?```"}, backticks{"`([^`]+)`"};
  const auto prose = std::regex_replace(text, fenced, "");
  std::vector<std::string> found;
  for (std::sregex_iterator match{prose.begin(), prose.end(), backticks}, end; match != end; ++match)
    found.push_back((*match)[1]);
  return found;
}

bool names_our_folder(const std::string& text) {
  static const std::array folders{"actors/", "config/",     "connectors/", "deploy/",
                                  "docs/",   "monitoring/", "runtime/",    "tests/"};
  return std::ranges::any_of(folders, [&](const char* folder) { return text.starts_with(folder); });
}

/// `a.{hpp,cpp}` matches a.hpp and a.cpp, `<name>` matches any name.
std::vector<std::string> expanded(const std::string& text) {
  static const std::regex any_name{"<[^/]*>"};
  const auto path = std::regex_replace(text, any_name, "*");
  const auto open = path.find('{'), close = path.find('}');
  if (open == path.npos || close == path.npos) return {path};
  std::vector<std::string> paths;
  for (auto begin = open + 1; begin <= close;) {
    const auto end = std::min(path.find(',', begin), close);
    paths.push_back(path.substr(0, open) + path.substr(begin, end - begin) + path.substr(close + 1));
    begin = end + 1;
  }
  return paths;
}

/// Whether it exists in the repository, a `*` in the last part or in a folder's name included, or is an example's own file.
bool exists(const std::string& path) {
  const auto star = path.find('*');
  if (star == path.npos) return fs::exists(repository / path) || fs::exists(fs::path{MILLRACE_EXAMPLES_DIR} / path);
  const auto folder = path.substr(0, path.rfind('/', star));
  if (!fs::is_directory(repository / folder)) return false;
  const auto part_end = std::min(path.find('/', star), path.size());
  const std::string before = path.substr(folder.size() + 1, star - folder.size() - 1),
                    after = path.substr(star + 1, part_end - star - 1), rest = path.substr(part_end);
  for (const auto& entry : fs::directory_iterator{repository / folder}) {
    const auto name = entry.path().filename().string();
    if (name.starts_with(before) && name.ends_with(after) && fs::exists(entry.path().string() + rest)) return true;
  }
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(paths)

BOOST_AUTO_TEST_CASE(every_path_that_a_page_names_exists) {
  std::size_t checked = 0;
  for (const auto& page : checked_pages())
    for (const auto& text : quoted(page_text(repository / page))) {
      if (!names_our_folder(text)) continue;
      for (const auto& path : expanded(text.substr(0, text.find(' ')))) {
        ++checked;
        BOOST_CHECK_MESSAGE(exists(path), page + ": `" + path + "` does not exist");
      }
    }
  BOOST_TEST(checked > 100U);
}

BOOST_AUTO_TEST_CASE(architecture_follows_a_delivery_a_webhook_a_request_and_a_replay) {
  const auto text = page_text(repository / "docs/architecture.md");
  for (const auto* heading : {"### One delivery", "### One webhook", "### One API request", "### One replay"})
    BOOST_TEST(text.find(heading) != text.npos, heading);
}

BOOST_AUTO_TEST_SUITE_END()
