#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace millrace::test {

inline const std::filesystem::path repository = MILLRACE_SOURCE_DIR;

inline std::string page_text(const std::filesystem::path& file) {
  std::ifstream in{file};
  if (!in) throw std::runtime_error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// The pages whose examples and paths are checked, from the root of the repository.
inline std::vector<std::string> checked_pages() {
  std::vector<std::string> pages{"README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/glossary.md"};
  for (const auto& entry : std::filesystem::directory_iterator{repository / "docs/guides"})
    if (entry.path().extension() == ".md") pages.push_back("docs/guides/" + entry.path().filename().string());
  return pages;
}

}  // namespace millrace::test
