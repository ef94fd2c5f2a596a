#include "actors/handlers/report/report_file.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <system_error>

using millrace::report::report_file;
namespace fs = std::filesystem;

namespace {

struct folder {
  fs::path path;
  folder() {
    std::string name = (fs::temp_directory_path() / "millrace-report-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~folder() { fs::remove_all(path); }
  std::ptrdiff_t files() const { return std::distance(fs::directory_iterator(path), fs::directory_iterator()); }
  std::string read(const char* name) const {
    std::ifstream file(path / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(report_files, folder)

BOOST_AUTO_TEST_CASE(a_published_file_is_complete_and_its_digest_is_known) {
  report_file file(path / "made", "x.csv");
  file.write("a");
  file.write("bc");
  file.publish();
  BOOST_TEST(file.path() == path / "made" / "x.csv");
  BOOST_TEST(read("made/x.csv") == "abc");
  BOOST_TEST(file.bytes() == 3U);
  BOOST_TEST(file.sha256() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

BOOST_AUTO_TEST_CASE(without_publication_nothing_stays) {
  {
    report_file file(path, "x.csv");
    file.write("abc");
    BOOST_TEST(files() == 1);
  }
  BOOST_TEST(files() == 0);
}

BOOST_AUTO_TEST_CASE(publishing_again_replaces_the_file_and_leaves_nothing_else) {
  for (const char* text : {"first version", "second"}) {
    report_file file(path, "x.csv");
    file.write(text);
    file.publish();
  }
  BOOST_TEST(read("x.csv") == "second");
  BOOST_TEST(files() == 1);
}

BOOST_AUTO_TEST_CASE(many_blocks_are_written_as_they_come) {
  report_file file(path, "x.csv");
  const std::string line(1'000, 'x');
  for (int i = 0; i < 1'000; ++i) file.write(line);
  file.publish();
  BOOST_TEST(fs::file_size(path / "x.csv") == 1'000'000U);
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_made_is_a_failure) {
  std::ofstream(path / "file") << "in the way";
  BOOST_CHECK_THROW(report_file(path / "file" / "sub", "x.csv"), std::system_error);
}

BOOST_AUTO_TEST_SUITE_END()
