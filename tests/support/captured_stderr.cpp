#include "tests/support/captured_stderr.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

captured_stderr::captured_stderr() : file_(-1), original_(-1) {
  std::string path = "/tmp/millrace-stderr-XXXXXX";
  file_ = mkstemp(path.data());
  BOOST_REQUIRE(file_ >= 0);
  unlink(path.c_str());
  original_ = dup(STDERR_FILENO);
  BOOST_REQUIRE(original_ >= 0);
  dup2(file_, STDERR_FILENO);
}

captured_stderr::~captured_stderr() {
  dup2(original_, STDERR_FILENO);
  close(original_);
  close(file_);
}

std::string captured_stderr::text() const {
  std::fflush(stderr);
  std::string out;
  std::array<char, 4096> part{};
  off_t at = 0;
  for (ssize_t got = 0; (got = pread(file_, part.data(), part.size(), at)) > 0; at += got)
    out.append(part.data(), static_cast<std::size_t>(got));
  return out;
}
