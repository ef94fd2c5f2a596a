#include "connectors/postgres/audit/audit_hash.hpp"

#include "config/text/encoding.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace millrace;
using namespace millrace::postgres;

namespace {

sealed_row a_row() {
  return {.id = 1,
          .at = 1'700'000'000'123'456,
          .actor = "node-1",
          .action = "task.dead",
          .tenant = "acme",
          .subject = "0190a1b2",
          .detail = R"({"reason":"rejected"})"};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(audit_hashes)

// Computed with Python's hashlib and struct from what the header says.
BOOST_AUTO_TEST_CASE(others_compute_the_same_hash) {
  const auto first = audit_hash(first_audit_hash(), a_row());
  BOOST_TEST(text::to_hex(first) == "6132e534ba2b8902a6c64a31faa3aae2e64659234b399cacc1f3a085a91d3794");
  const sealed_row second{
      .id = -2, .at = -1, .actor = "Zo\xc3\xab", .action = "task.cancel", .tenant = {}, .subject = "", .detail = {}};
  BOOST_TEST(text::to_hex(audit_hash(first, second)) == "dbc1711a76d62ece816917792969c50676d31d655ef3e16bd96d5a17c85c5c99");
}

BOOST_AUTO_TEST_CASE(whatever_differs_makes_another_hash) {
  std::set<std::string> seen;
  const auto see = [&](auto change) {
    auto row = a_row();
    change(row);
    BOOST_TEST(seen.insert(audit_hash(first_audit_hash(), row)).second);
  };
  see([](sealed_row&) {});
  see([](sealed_row& r) { r.id = 2; });
  see([](sealed_row& r) { ++r.at; });
  see([](sealed_row& r) { r.actor = "node-2"; });
  see([](sealed_row& r) { r.action = ""; });
  see([](sealed_row& r) { r.tenant = {}; });
  see([](sealed_row& r) { r.tenant = ""; });
  see([](sealed_row& r) { r.subject += '\0'; });
  see([](sealed_row& r) { r.detail = {}; });
  see([](sealed_row& r) { r.detail = ""; });
  // The same bytes in a row, divided otherwise.
  see([](sealed_row& r) {
    r.actor = "node-1t";
    r.action = "ask.dead";
  });
  BOOST_TEST(seen.insert(audit_hash(std::string(audit_hash_bytes, '\1'), a_row())).second);
}

BOOST_AUTO_TEST_SUITE_END()
