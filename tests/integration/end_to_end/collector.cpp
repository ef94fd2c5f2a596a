#include "tests/integration/end_to_end/collector.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

namespace millrace::test {

collector::collector(const scene& s, const std::string& mode) : journal_(s.file("spans.jsonl")) {
  auto log = s.file("collector.log");
  process_ = std::make_unique<child_process>(
      std::vector<std::string>{"/usr/bin/python3", "-u",
                               std::string{MILLRACE_SOURCE_DIR} + "/tests/integration/end_to_end/collector.py", mode,
                               journal_},
      std::map<std::string, std::string>{}, log);
  const std::string said = "listening on ";
  BOOST_REQUIRE_MESSAGE(wait_until([&] { return file_text(log).find('\n') != std::string::npos; }), file_text(log));
  auto address = file_text(log).substr(said.size());
  url = "http://" + address.substr(0, address.find('\n'));
}

std::vector<nlohmann::json> collector::lines(const std::string& with) const {
  std::vector<nlohmann::json> all;
  std::ifstream in{journal_};
  for (std::string line; std::getline(in, line) && !in.eof();)
    if (auto read = nlohmann::json::parse(line); read.contains(with)) all.push_back(std::move(read));
  return all;
}

}  // namespace millrace::test
