#include "tests/integration/end_to_end/scene.hpp"

#include <boost/test/unit_test.hpp>
#include <pqxx/pqxx>

using namespace millrace::test;

namespace {

struct audit_scene : scene {
  std::string ask(const std::string& sql) const {
    pqxx::connection db{database_url()};
    pqxx::nontransaction read{db};
    auto rows = read.exec(sql);
    return rows.empty() ? "" : rows[0][0].c_str();
  }
  void execute(const std::string& sql) const {
    pqxx::connection db{database_url()};
    pqxx::work write{db};
    write.exec(sql);
    write.commit();
  }
  bool says(const std::string& text) const { return output().find(text) != std::string::npos; }
  /// A row of the audit log, once a node has sealed it.
  bool leave_a_mark(const std::string& task) {
    BOOST_REQUIRE_EQUAL(run({"task", "cancel", task, "--why", "a test"}), 0);
    return wait_until([&] {
      return ask("select count(*) > 0 and count(*) = (select count(*) from millrace.audit_seal) from millrace.audit") == "t";
    });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(audit, audit_scene)

BOOST_AUTO_TEST_CASE(nodes_seal_the_audit_log_and_verify_audit_tells_whether_it_was_tampered_with) {
  serve();
  BOOST_REQUIRE(leave_a_mark("first"));
  BOOST_REQUIRE_MESSAGE(run({"verify-audit", "--json"}) == 0, output());
  auto whole = nlohmann::json::parse(output());
  const std::string head = whole["head"];
  BOOST_CHECK(whole["intact"].get<bool>());
  BOOST_CHECK_GE(whole["rows"].get<int>(), 1);

  BOOST_REQUIRE(leave_a_mark("second"));
  BOOST_CHECK_MESSAGE(run({"verify-audit", "--head", head}) == 0, output());
  BOOST_CHECK_MESSAGE(says("verdict       intact"), output());
  BOOST_CHECK(wait_until([&] {
    return http_get(monitoring("/metrics")).second.find("\nmillrace_audit_unsealed_rows 0\n") != std::string::npos;
  }));

  const auto row = ask("select audit_id from millrace.audit_seal order by number desc limit 1");
  execute("alter table millrace.audit disable trigger audit_rows; update millrace.audit set actor = 'eve' where id = " +
          row);
  BOOST_CHECK_EQUAL(run({"verify-audit"}), 1);
  BOOST_CHECK_MESSAGE(says("NOT INTACT: altered"), output());
  BOOST_CHECK_MESSAGE(says("row " + row + " was changed after it was sealed"), output());
}

BOOST_AUTO_TEST_CASE(a_head_that_is_not_on_the_chain_is_a_breach_and_what_is_no_head_is_misuse) {
  const std::string zeros(64, '0');
  BOOST_CHECK_EQUAL(run({"verify-audit", "--head", "0:" + zeros}), 0);
  BOOST_CHECK_EQUAL(run({"verify-audit", "--head", "7:" + zeros}), 1);
  BOOST_CHECK_MESSAGE(says("the chain ends before seal 7"), output());
  for (const std::string& text : {std::string{"7"}, "7:" + zeros + "0", "-7:" + zeros, ":" + zeros, "7:g" + zeros.substr(1)})
    BOOST_CHECK_MESSAGE(run({"verify-audit", "--head=" + text}) == 2, text);
  auto nobody = "postgresql://x:y@127.0.0.1:" + std::to_string(free_port()) + "/none";
  BOOST_CHECK_EQUAL(run({"verify-audit"}, {{"MILLRACE_DATABASE_URL", nobody}}), 1);
}

BOOST_AUTO_TEST_SUITE_END()
