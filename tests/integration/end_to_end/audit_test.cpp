#include "tests/integration/end_to_end/scene.hpp"

#include <boost/test/unit_test.hpp>
#include <pqxx/pqxx>

#include <csignal>

using namespace millrace::test;
using namespace std::chrono_literals;

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

/// A database role with the grants of deploy/roles.sql; dropped in the destructor.
class own_role {
 public:
  explicit own_role(const audit_scene& s) : scene_(s), name_(unique_name("millrace_node")) {
    scene_.execute("create role " + name_ + " login password 'own'");
    child_process grant{{"/usr/bin/psql", "-q", "-v", "ON_ERROR_STOP=1", "-v", "node=" + name_, "-f",
                         MILLRACE_SOURCE_DIR "/deploy/roles.sql", scene_.database_url()}};
    BOOST_REQUIRE_EQUAL(grant.wait(), 0);
  }
  ~own_role() { scene_.execute("drop owned by " + name_ + "; drop role " + name_); }
  own_role(const own_role&) = delete;
  own_role& operator=(const own_role&) = delete;

  std::string url() const {
    const auto& all = scene_.database_url();
    return "postgresql://" + name_ + ":own" + all.substr(all.find('@'));
  }

 private:
  const audit_scene& scene_;
  const std::string name_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(audit, audit_scene)

BOOST_AUTO_TEST_CASE(nodes_seal_the_audit_log_and_verify_audit_detects_tampering) {
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

BOOST_AUTO_TEST_CASE(a_head_that_is_not_on_the_chain_is_a_breach_and_an_invalid_head_is_a_usage_error) {
  const std::string zeros(64, '0');
  BOOST_CHECK_EQUAL(run({"verify-audit", "--head", "0:" + zeros}), 0);
  BOOST_CHECK_EQUAL(run({"verify-audit", "--head", "7:" + zeros}), 1);
  BOOST_CHECK_MESSAGE(says("the chain ends before seal 7"), output());
  for (const std::string& text : {std::string{"7"}, "7:" + zeros + "0", "-7:" + zeros, ":" + zeros, "7:g" + zeros.substr(1)})
    BOOST_CHECK_MESSAGE(run({"verify-audit", "--head=" + text}) == 2, text);
  auto nobody = "postgresql://x:y@127.0.0.1:" + std::to_string(free_port()) + "/none";
  BOOST_CHECK_EQUAL(run({"verify-audit"}, {{"MILLRACE_DATABASE_URL", nobody}}), 1);
}

BOOST_AUTO_TEST_CASE(a_node_with_a_restricted_role_works_and_cannot_change_audit_rows) {
  const own_role node{*this};
  set("MILLRACE_DATABASE_URL", node.url());
  serve();
  BOOST_REQUIRE_EQUAL(produce(300, 7)->wait(), 0);
  BOOST_REQUIRE_MESSAGE(settle(60s), in_progress());
  BOOST_TEST(ask("select count(*) from millrace.task where state = 'succeeded'") != "0");
  BOOST_REQUIRE(leave_a_mark("third"));
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"doctor"}, {"verify-audit"}, {"dead", "discard", "--since", "1h", "--why", "test"}})
    BOOST_TEST(run(command) == 0, output());
  for (const auto* forbidden :
       {"update millrace.audit set actor = 'eve'", "delete from millrace.audit", "truncate millrace.audit_seal",
        "delete from millrace.audit_seal", "alter table millrace.audit disable trigger audit_rows",
        "drop trigger audit_rows on millrace.audit", "delete from millrace.schema_migration"}) {
    pqxx::connection db{node.url()};
    pqxx::work write{db};
    BOOST_CHECK_THROW(write.exec(forbidden), pqxx::insufficient_privilege);
  }
  BOOST_TEST(log().find("permission denied") == std::string::npos);
  server().signal(SIGTERM);
  BOOST_REQUIRE_EQUAL(server().wait(), 0);
}

BOOST_AUTO_TEST_SUITE_END()
