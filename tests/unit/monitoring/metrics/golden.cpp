#include "tests/unit/monitoring/metrics/golden.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>

void check_golden(const std::string& file, const std::string& actual) {
  const std::string path = std::string(MILLRACE_SOURCE_DIR) + "/" + file;
  if (std::getenv("MILLRACE_UPDATE_DOCS")) std::ofstream(path, std::ios::binary) << actual;
  std::ifstream in(path, std::ios::binary);
  const std::string expected(std::istreambuf_iterator<char>(in), {});
  BOOST_TEST(actual == expected,
             file << " is not what the code says; if the change is meant, run with MILLRACE_UPDATE_DOCS=1. Now:\n"
                  << actual);
}
