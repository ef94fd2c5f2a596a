#include "tests/unit/config/files.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace millrace::config;

scratch_folder::scratch_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "millrace-config-XXXXXX").string();
  BOOST_REQUIRE(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

scratch_folder::~scratch_folder() {
  std::error_code ignored;  // a leftover folder in /tmp is harmless
  std::filesystem::remove_all(path_, ignored);
}

std::string scratch_folder::write(const std::string& name, const std::string& content) const {
  const std::string file = path_ + "/" + name;
  std::ofstream(file, std::ios::binary) << content;
  return file;
}

namespace {

std::string lines(const std::vector<problem>& problems, const std::string& folder) {
  std::string out;
  for (const problem& p : problems) {
    std::string line = describe(p);
    if (line.starts_with(folder + "/")) line.erase(0, folder.size() + 1);
    out += line + "\n";
  }
  return out;
}

}  // namespace

std::string errors_of(const std::string& yaml, const variables& environment) {
  const scratch_folder folder;
  const auto result = load({.file = folder.write("f", yaml), .environment = environment});
  return result ? "" : lines(result.error(), folder.path());
}

loaded loaded_from(const std::string& yaml, const variables& environment) {
  const scratch_folder folder;
  auto result = load({.file = folder.write("f", yaml), .environment = environment});
  BOOST_REQUIRE_MESSAGE(result, lines(result ? std::vector<problem>{} : result.error(), folder.path()));
  return std::move(*result);
}

std::string warnings_of(const std::string& yaml, const variables& environment) {
  const scratch_folder folder;
  const auto result = load({.file = folder.write("f", yaml), .environment = environment});
  BOOST_REQUIRE(result);
  return lines(result->warnings, folder.path());
}
