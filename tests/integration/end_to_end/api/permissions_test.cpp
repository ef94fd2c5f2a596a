// Checks the permissions of every route, and the responses to invalid requests.
#include "runtime/program/api/route.hpp"
#include "tests/integration/end_to_end/operators.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace millrace;
using namespace millrace::test;
using nlohmann::json;

namespace {

const std::set<std::string> everyone{"viewer", "operator", "auditor", "admin"}, acting{"operator", "admin"},
    auditing{"auditor", "admin"};

/// Operation -> permitted roles, and whether credentials of one tenant are permitted. Deliberately independent of the route
/// table, as an oracle for it.
const std::map<std::string, std::pair<std::set<std::string>, bool>> allowed{
    {"list_nodes", {everyone, false}},        {"list_types", {everyone, true}},
    {"show_openapi", {everyone, true}},       {"list_queues", {everyone, false}},
    {"show_queue", {everyone, false}},        {"pause_queue", {acting, false}},
    {"resume_queue", {acting, false}},        {"limit_queue", {acting, false}},
    {"list_tasks", {everyone, true}},         {"submit_task", {acting, true}},
    {"show_task", {everyone, true}},          {"cancel_task", {acting, true}},
    {"retry_task", {acting, true}},           {"list_dead_letters", {everyone, true}},
    {"group_dead_letters", {everyone, true}}, {"show_dead_letter", {everyone, true}},
    {"replay_dead_letter", {acting, true}},   {"replay_dead_letters", {acting, true}},
    {"discard_dead_letters", {acting, true}}, {"list_schedules", {everyone, true}},
    {"show_schedule", {everyone, true}},      {"pause_schedule", {acting, true}},
    {"resume_schedule", {acting, true}},      {"run_schedule", {acting, true}},
    {"list_audit", {auditing, true}},
};

std::string sample(std::string path) {
  const std::pair<std::string, std::string> values[] = {
      {"{queue}", "email"}, {"{id}", "01a2197e-fc51-7a56-952f-54d8958af55d"}, {"{name}", "nightly"}};
  for (auto& [name, value] : values)
    if (auto at = path.find(name); at != std::string::npos) path.replace(at, name.size(), value);
  return path;
}

bool is_problem(const api_answer& a) {
  auto type = a.headers.find("content-type");
  return type != a.headers.end() && type->second == "application/problem+json" && a.body.is_object() &&
         a.body.value("status", 0) == a.status && !a.body.value("detail", "").empty();
}

struct quiet_scene : operators_scene {
  quiet_scene() { serve(); }
  /// Row counts that a request could have changed, without recorded denials.
  std::string row_counts() const {
    return read(
        "select count(*) || ' ' || (select count(*) from millrace.outbox) || ' ' ||"
        " (select count(*) from millrace.queue_control) || ' ' || (select count(*) from millrace.task)"
        " from millrace.audit where action not like 'api.%'");
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(permissions, quiet_scene)

BOOST_AUTO_TEST_CASE(every_route_permits_exactly_its_roles_and_tenants) {
  for (const std::string tenant : {"", "acme"})
    for (auto& role : everyone) {
      const auto credentials = token(role, tenant);
      for (auto& r : api::routes()) {
        const std::string operation{r.operation};
        BOOST_REQUIRE_MESSAGE(allowed.contains(operation), operation << " is missing in the table of permissions");
        auto& [roles, one_tenant] = allowed.at(operation);
        const bool may = roles.contains(role) && (tenant.empty() || one_tenant);
        auto a = send(credentials, std::string{r.method}, sample(std::string{r.path}), r.method == "GET" ? "" : "{}");
        BOOST_TEST_CONTEXT(operation << " as " << role << " of " << (tenant.empty() ? "all" : tenant)) {
          BOOST_TEST((a.status == 403) == !may);
          BOOST_TEST(a.status != 401);
          BOOST_TEST(a.status < 500);
          if (!may) BOOST_TEST(is_problem(a));
        }
      }
    }
  BOOST_TEST(read("select count(*) from millrace.audit where action = 'api.denied'") != "0");
}

BOOST_AUTO_TEST_CASE(the_openapi_document_served_is_the_one_in_docs) {
  const auto served = ask(token("viewer"), "GET", "/openapi.json");
  BOOST_REQUIRE_EQUAL(served.status, 200);
  BOOST_TEST((served.body == json::parse(file_text(MILLRACE_SOURCE_DIR "/docs/openapi.json"))));
}

BOOST_AUTO_TEST_CASE(no_route_responds_without_valid_credentials) {
  const auto revoked = token("admin"), expired = token("admin"), valid = token("admin");
  BOOST_REQUIRE_EQUAL(run({"token", "revoke", revoked.substr(3, 12), "--why", "test"}), 0);
  read("update millrace.api_token set expires_at = now() - interval '1 second' where id = '" + expired.substr(3, 12) +
       "' returning 1");
  auto changed = valid;
  changed.back() = changed.back() == '0' ? '1' : '0';
  for (auto& credentials : {std::string{}, revoked, expired, changed, std::string{"mr_"}, std::string(9'000, 'a')}) {
    auto a = ask(credentials, "GET", "/queues");
    BOOST_TEST(a.status == 401);
    BOOST_TEST(is_problem(a));
    BOOST_TEST(a.headers["www-authenticate"] == "Bearer realm=\"millrace\"");
  }
  BOOST_TEST(ask(valid, "GET", "/queues").status == 200);
  // Above the rate of failures, credentials are rejected unread.
  bool refused = false;
  for (int i = 0; i < 60 && !refused; ++i) refused = ask(changed, "GET", "/queues").status == 429;
  BOOST_TEST(refused);
  BOOST_TEST(ask(valid, "GET", "/queues").status == 200);  // a token that was valid before has its own rate
}

BOOST_AUTO_TEST_CASE(credentials_of_a_tenant_read_and_change_only_that_tenants_objects) {
  const auto acme = token("admin", "acme"), all = token("admin");
  json task{{"type", "notification.webhook"},
            {"tenant", "other"},
            {"payload", {{"url", webhook_url() + "/status/410"}, {"event", "e"}, {"data", 1}}}};
  BOOST_TEST(ask(acme, "POST", "/tasks", task).status == 403);
  auto id = ask(all, "POST", "/tasks", task).body.at("id").get<std::string>();
  BOOST_REQUIRE(wait_until([&] { return read("select state from millrace.task") == "dead"; }));
  BOOST_TEST(ask(all, "GET", "/tasks/" + id).body["state"] == "dead");
  BOOST_TEST(ask(acme, "GET", "/tasks/" + id).status == 404);
  BOOST_TEST(ask(acme, "GET", "/tasks").body["tasks"].empty());
  BOOST_TEST(ask(acme, "GET", "/dead-letters").body["dead_letters"].empty());
  BOOST_TEST(ask(acme, "GET", "/dead-letters?tenant=other").status == 403);
  BOOST_TEST(read("select string_agg(tenant || ' ' || subject, ',' order by id) from millrace.audit"
                  " where action = 'api.denied'") == "acme submit_task,acme list_dead_letters");
  const std::string letter = ask(all, "GET", "/dead-letters").body["dead_letters"][0]["id"];
  BOOST_TEST(ask(acme, "GET", "/dead-letters/" + letter).status == 404);
  BOOST_TEST(ask(acme, "POST", "/dead-letters/" + letter + "/replay", {{"reason", "x"}}).status == 404);
  BOOST_TEST(read("select string_agg(subject || ': ' || (detail::jsonb ->> 'reason'), ', ' order by id) from millrace.audit"
                  " where action = 'api.denied' and subject like '%_dead_letter'") ==
             "show_dead_letter: dead letter " + letter + " belongs to another tenant, replay_dead_letter: dead letter " +
                 letter + " belongs to another tenant");
  BOOST_TEST(ask(acme, "POST", "/dead-letters/discard", {{"reason", "x"}, {"ids", {letter}}}).body["settled"] == 0);
  BOOST_TEST(read("select detail::jsonb ->> 'reason' from millrace.audit where subject = 'discard_dead_letters'") ==
             "1 of the dead letters named, " + letter + " the first, are another tenant's");
  BOOST_TEST(ask(all, "GET", "/dead-letters/" + letter).body.contains("payload_base64"));
  BOOST_TEST(!ask(token("viewer"), "GET", "/dead-letters/" + letter).body.contains("payload_base64"));
}

BOOST_AUTO_TEST_CASE(bad_requests_get_a_problem_document_and_change_nothing) {
  const auto admin = token("admin");
  const auto before = row_counts();
  struct bad {
    const char* method;
    std::string path, body;
    long status;
  };
  const std::string replay = "/api/v1/dead-letters/replay", queue = "/api/v1/queues/email", tasks = "/api/v1/tasks";
  const std::vector<bad> all{
      {"POST", replay, "{", 400},
      {"POST", replay, "[]", 400},
      {"POST", replay, "null", 400},
      {"POST", replay, R"({"reason":"a","reason":"b","type":"x"})", 400},
      {"POST", replay, R"({"reason":"a","type":"x","unknown":1})", 400},
      {"POST", replay, R"({"reason":"a"})", 400},
      {"POST", replay, R"({"type":"x"})", 400},
      {"POST", replay, R"({"reason":"a\nb","type":"x"})", 400},
      {"POST", replay, R"({"reason":"a","type":"x","rate":0})", 400},
      {"POST", replay, R"({"reason":"a","type":"x","rate":1e999})", 400},
      {"POST", replay, R"({"reason":"a","ids":["x"]})", 400},
      {"POST", replay, R"({"reason":"a","ids":[]})", 400},
      {"POST", replay, R"({"reason":"a","type":"x","to":"nowhere"})", 400},
      {"POST", replay, R"({"reason":"a","since":"yesterday"})", 400},
      {"POST", replay, std::string(300, '['), 400},
      {"POST", replay, std::string(2'000'000, ' '), 413},
      {"PATCH", queue, R"({"reason":"a"})", 400},
      {"PATCH", queue, R"({"reason":"a","concurrency":0})", 400},
      {"PATCH", queue, R"({"reason":"a","concurrency":1.5})", 400},
      {"PATCH", queue, R"({"reason":"a","concurrency":"2"})", 400},
      {"PATCH", queue, R"({"reason":"a","rate_limit":-1})", 400},
      {"PATCH", queue, R"({"reason":"a","rate_limit":true})", 400},
      {"POST", "/api/v1/queues/nowhere/pause", R"({"reason":"a"})", 404},
      {"GET", "/api/v1/tasks?limit=1000000", "", 400},
      {"GET", "/api/v1/tasks?limit=-1", "", 400},
      {"GET", "/api/v1/tasks?limit=1&limit=2", "", 400},
      {"GET", "/api/v1/tasks?limit=%31%", "", 400},
      {"GET", "/api/v1/tasks?nothing=1", "", 400},
      {"GET", "/api/v1/tasks?cursor=drop%20table", "", 400},
      {"GET", "/api/v1/tasks?state=gone", "", 400},
      {"GET", "/api/v1/tasks?type=%ff%fe", "", 400},
      {"GET", "/api/v1/tasks?type=a%00b", "", 400},
      {"GET", "/api/v1/dead-letters/1", "", 400},
      {"GET", "/api/v1/dead-letters/..%2f..%2fetc", "", 400},
      {"GET", "/api/v1/../v1/queues", "", 404},
      {"GET", "/api/v1/./queues", "", 404},
      {"GET", "/api/v1//queues", "", 404},
      {"GET", "/api/v1/queues/", "", 404},
      {"GET", "/api/v1/queues%00", "", 404},
      {"GET", "/api/v1/queues%2femail", "", 404},
      {"GET", "/api/v1/%71ueues/%zz", "", 404},
      {"GET", "/etc/passwd", "", 404},
      {"DELETE", queue, "", 405},
      {"PUT", tasks, "{}", 405},
      {"POST", tasks, R"({"type":"no.such","payload":1})", 400},
      {"POST", tasks, R"({"type":"notification.webhook"})", 400},
      {"POST", tasks, R"({"type":"notification.webhook","payload":1,"tenant":"a b"})", 400},
      {"POST", tasks, R"({"type":"notification.webhook","payload":1,"queue":"dead-letter"})", 400},
      {"POST", tasks, R"({"type":"notification.webhook","payload":"\u0000"})", 400},
      {"POST", tasks + "/nothing/retry", R"({"reason":"a"})", 409},
      {"POST", "/api/v1/schedules/none/run", R"({"reason":"a"})", 404},
  };
  for (auto& b : all) {
    auto a = send(admin, b.method, b.path, b.body);
    BOOST_TEST_CONTEXT(b.method << ' ' << b.path << ' ' << b.body.substr(0, 80)) {
      BOOST_TEST(a.status == b.status);
      BOOST_TEST(is_problem(a));
    }
  }
  BOOST_TEST(send(admin, "POST", queue + "/pause", "why=a", {"Content-Type: text/plain"}).status == 415);
  const auto chunked = send(admin, "POST", queue + "/pause", R"({"reason":"a"})", {"Transfer-Encoding: chunked"});
  BOOST_TEST(chunked.status == 411);
  BOOST_TEST(is_problem(chunked));
  BOOST_TEST(row_counts() == before);
}

BOOST_AUTO_TEST_SUITE_END()
