// Single operator actions through the API on real servers, each until its effect. operate_test.cpp has the workflows.
#include "tests/integration/end_to_end/operators.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace millrace::test;
using nlohmann::json;

namespace {

constexpr auto yearly = R"(schedules:
  yearly:
    cron: "@yearly"
    type: notification.email
    payload: '{"to":"a@example.org","subject":"Year","text":"Over"}'
)";

struct acting : operators_scene {
  std::string all = token("admin");

  json webhook(const std::string& path) const {
    return {{"type", "notification.webhook"},
            {"payload", {{"url", webhook_url() + path}, {"event", "paid"}, {"data", json::object()}}}};
  }
  std::string submit(const json& task) const { return ask(all, "POST", "/tasks", task).body.value("id", ""); }
  std::string state_of(const std::string& id) const {
    return read("select state from millrace.task where id = '" + id + "'");  // polling the API would exceed the rate limit
  }
  /// Reads all ids of a list, page by page. `member` is the list in the body, `id` the member that identifies a row.
  std::multiset<std::string> walk(const std::string& path, const std::string& member, std::size_t& pages,
                                  const std::string& id = "id") const {
    std::multiset<std::string> ids;
    std::string cursor;
    for (pages = 0; pages == 0 || !cursor.empty(); ++pages) {
      const auto page = ask(all, "GET", path + (cursor.empty() ? "" : "&cursor=" + cursor)).body;
      for (const auto& row : page.at(member)) ids.insert(row.at(id).dump());
      cursor = page.at("next_cursor").is_null() ? "" : page.at("next_cursor").get<std::string>();
    }
    return ids;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(operator_actions, acting)

BOOST_AUTO_TEST_CASE(a_schedule_is_paused_resumed_and_run_unless_it_has_changed) {
  serve({"--config", write("millrace.yaml", yearly)});
  BOOST_REQUIRE(wait_until([&] { return ask(all, "GET", "/schedules/yearly").status == 200; }));
  const auto read_first = ask(all, "GET", "/schedules/yearly");
  BOOST_TEST(read_first.body["enabled"] == true);
  const auto if_match = [](const api_answer& a) { return std::vector{"If-Match: " + a.headers.at("etag")}; };
  const json reason{{"reason", "INC-7"}};
  const auto paused = ask(all, "POST", "/schedules/yearly/pause", reason, if_match(read_first));
  BOOST_REQUIRE_EQUAL(paused.status, 200);
  BOOST_TEST(paused.body["enabled"] == false);
  BOOST_TEST(paused.body["next"].is_null());
  BOOST_TEST(ask(all, "POST", "/schedules/yearly/resume", reason, if_match(read_first)).status == 412);
  BOOST_TEST(ask(all, "GET", "/schedules/yearly").body["enabled"] == false);
  const auto resumed = ask(all, "POST", "/schedules/yearly/resume", reason, if_match(paused));
  BOOST_TEST(resumed.headers.at("etag") == read_first.headers.at("etag"));
  const auto ran = ask(all, "POST", "/schedules/yearly/run", reason);
  BOOST_REQUIRE_EQUAL(ran.status, 202);
  BOOST_REQUIRE(wait_until([&] { return state_of(ran.body["task_id"]) == "succeeded"; }));
  BOOST_TEST(mails().size() == 1U);
  BOOST_TEST(read("select string_agg(action || ' ' || tenant, ',' order by id) from millrace.audit"
                  " where subject = 'yearly'") == "schedule.pause default,schedule.resume default,schedule.run default");
  BOOST_TEST(ask(token("operator", "acme"), "POST", "/schedules/yearly/run", reason).status == 404);
  BOOST_TEST(read("update millrace.schedule set payload = payload || ' '::bytea where name = 'yearly' returning name") ==
             "yearly");
  BOOST_TEST(ask(all, "POST", "/schedules/yearly/run", reason, if_match(read_first)).status == 412);
  BOOST_TEST(
      read("select subject || ': ' || (detail::jsonb ->> 'reason') from millrace.audit where action = 'api.denied'") ==
      "run_schedule: schedule yearly belongs to another tenant");
}

BOOST_AUTO_TEST_CASE(a_queue_that_has_changed_since_it_was_read_is_not_changed) {
  serve();
  const auto before = ask(all, "GET", "/queues/email");
  const std::vector as_read{"If-Match: " + before.headers.at("etag")};
  BOOST_TEST(ask(all, "PATCH", "/queues/email", {{"reason", "a"}, {"rate_limit", 7}}, as_read).status == 200);
  BOOST_TEST(ask(all, "PATCH", "/queues/email", {{"reason", "b"}, {"rate_limit", 9}}, as_read).status == 412);
  BOOST_TEST(ask(all, "GET", "/queues/email").body["rate_limit"] == 7);
  BOOST_TEST(ask(all, "PATCH", "/queues/email", {{"reason", "c"}, {"concurrency", 501}}).status == 400);  // prefetch is 500
}

BOOST_AUTO_TEST_CASE(a_waiting_task_is_cancelled_and_a_dead_one_is_retried) {
  serve();
  auto later = webhook("/");
  later["due"] = "2099-01-01T00:00:00Z";
  const auto waiting = submit(later);
  BOOST_TEST(ask(all, "POST", "/tasks/" + waiting + "/cancel", {{"reason", "x"}}).body["verdict"] == "pending_arrival");
  BOOST_TEST(state_of(waiting) == "cancelled");
  BOOST_TEST(ask(all, "POST", "/tasks/" + waiting + "/cancel", {{"reason", "x"}}).status == 409);
  auto of_acme = webhook("/wait/5000");
  of_acme["tenant"] = "acme";
  const auto running = submit(of_acme);
  BOOST_REQUIRE(wait_until([&] { return state_of(running) == "running"; }));
  BOOST_TEST(ask(all, "POST", "/tasks/" + running + "/cancel", {{"reason", "x"}}).status ==
             409);  // `tenant` is required: not the default
  BOOST_TEST(read("select count(*) from millrace.task where tenant = 'default' and id = '" + running + "'") == "0");
  BOOST_TEST(ask(all, "POST", "/tasks/" + running + "/cancel", {{"reason", "x"}, {"tenant", "acme"}}).body["verdict"] ==
             "requested");
  write("webhook.jsonl.down", "");
  auto once = webhook("/switch");
  once["max_attempts"] = 1;
  const auto dead = submit(once);
  BOOST_REQUIRE(wait_until([&] { return state_of(dead) == "dead"; }));
  std::filesystem::remove(file("webhook.jsonl.down"));
  BOOST_TEST(ask(all, "POST", "/tasks/" + dead + "/retry", {{"reason", "fixed"}}).status == 202);
  BOOST_REQUIRE(wait_until([&] { return state_of(dead) == "succeeded"; }));
  BOOST_TEST(ask(all, "POST", "/tasks/" + dead + "/retry", {{"reason", "again"}}).status == 409);
}

BOOST_AUTO_TEST_CASE(one_dead_letter_is_replayed_with_an_edited_payload_and_another_is_discarded) {
  serve();
  const auto wrong = submit(webhook("/status/410")), hopeless = submit(webhook("/status/410"));
  BOOST_REQUIRE(wait_until([&] { return state_of(wrong) == "dead" && state_of(hopeless) == "dead"; }));
  const auto dead_letter_of = [&](const std::string& task) {
    return ask(all, "GET", "/dead-letters?task=" + task).body.at("dead_letters").at(0);
  };
  const std::string letter = dead_letter_of(wrong)["id"];
  const json order{{"reason", "wrong path"}, {"payload", webhook("/")["payload"]}};
  const auto replayed = ask(all, "POST", "/dead-letters/" + letter + "/replay", order);
  BOOST_REQUIRE_EQUAL(replayed.status, 200);
  BOOST_TEST(replayed.body["task_id"] == wrong);
  BOOST_REQUIRE(wait_until([&] { return state_of(wrong) == "succeeded"; }));
  BOOST_TEST(ask(all, "POST", "/dead-letters/" + letter + "/replay", order).status == 409);
  const auto discarded =
      ask(all, "POST", "/dead-letters/discard", {{"reason", "nobody waits"}, {"type", "notification.webhook"}});
  BOOST_TEST(discarded.body["settled"] == 1);
  BOOST_TEST(state_of(hopeless) == "dead");
  BOOST_TEST(ask(all, "GET", "/dead-letters?queue=webhook").body["dead_letters"].empty());
  const auto settled = ask(all, "GET", "/dead-letters?settled=true&task=" + hopeless).body["dead_letters"][0];
  BOOST_TEST(settled["discarded_by"].get<std::string>().starts_with("token:admin("));
}

BOOST_AUTO_TEST_CASE(pages_contain_every_row_once) {
  constexpr std::size_t rows = 5;
  serve();
  for (std::size_t i = 0; i < rows; ++i) submit(webhook("/status/410"));
  BOOST_REQUIRE(wait_until([&] { return read("select count(*) from millrace.dead_letter") == std::to_string(rows); }));
  for (const auto& [path, member] : std::map<std::string, std::string>{{"/tasks?limit=2", "tasks"},
                                                                       {"/dead-letters?limit=2", "dead_letters"},
                                                                       {"/audit?limit=2&action=task.submit", "audit"}}) {
    std::size_t pages = 0;
    const auto ids = walk(path, member, pages);
    BOOST_TEST(ids.size() == rows, path);
    BOOST_TEST(std::set(ids.begin(), ids.end()).size() == rows, path);
    BOOST_TEST(pages == 3U, path);
  }
  read("update millrace.dead_letter set fingerprint = left(md5(id::text), 16) returning id");  // one group per dead letter
  std::size_t pages = 0;
  const auto groups = walk("/dead-letter-groups?limit=2", "groups", pages, "fingerprint");
  BOOST_TEST(groups.size() == rows);
  BOOST_TEST(std::set(groups.begin(), groups.end()).size() == rows);
  BOOST_TEST(pages == 3U);
}

BOOST_AUTO_TEST_CASE(pages_of_schedules_contain_each_name_once_and_can_be_filtered_by_tenant) {
  std::string all_yearly = "schedules:\n";
  for (const auto* name : {"aa", "a.b", "a-b"})
    all_yearly += std::string{"  "} + name + ": {cron: '@yearly', type: report.run, tenant: t" + name + "}\n";
  serve({"--config", write("millrace.yaml", all_yearly)});
  BOOST_REQUIRE(wait_until([&] { return read("select count(*) from millrace.schedule") == "3"; }));
  std::string names, cursor;
  for (int page = 0; page == 0 || !cursor.empty(); ++page) {
    BOOST_REQUIRE(page < 3);
    const auto body = ask(all, "GET", "/schedules?limit=1" + (cursor.empty() ? "" : "&cursor=" + cursor)).body;
    BOOST_REQUIRE_EQUAL(body.at("schedules").size(), 1U);
    names += body["schedules"][0]["name"].get<std::string>() + " ";
    cursor = body["next_cursor"].is_null() ? "" : body["next_cursor"].get<std::string>();
  }
  BOOST_TEST(names == "a-b a.b aa ");
  const auto narrowed = [&](const std::string& credentials, const std::string& query) {
    const auto page = ask(credentials, "GET", "/schedules?limit=1" + query).body;
    BOOST_TEST(page.at("next_cursor").is_null());
    return page.at("schedules").at(0).at("name").get<std::string>();
  };
  BOOST_TEST(narrowed(all, "&tenant=ta.b") == "a.b");
  BOOST_TEST(narrowed(token("viewer", "taa"), "") == "aa");
}

BOOST_AUTO_TEST_CASE(a_task_continues_the_trace_of_the_request_that_submitted_it) {
  serve();
  const std::string parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const auto traced = ask(all, "POST", "/tasks", webhook("/"), {"traceparent: " + parent});
  BOOST_REQUIRE_EQUAL(traced.status, 202);
  const auto plain = ask(all, "POST", "/tasks", webhook("/"), {"traceparent: not-one"});
  BOOST_REQUIRE_EQUAL(plain.status, 202);
  const std::string id = traced.body["id"], other = plain.body["id"];
  BOOST_REQUIRE(wait_until([&] { return state_of(id) == "succeeded" && state_of(other) == "succeeded"; }));
  BOOST_TEST(ask(all, "GET", "/tasks/" + id).body["traceparent"] == parent);
  BOOST_TEST(ask(all, "GET", "/tasks/" + other).body["traceparent"].is_null());
}

BOOST_AUTO_TEST_CASE(responses_have_security_headers_and_429_has_retry_after) {
  set("MILLRACE_API_RATE_LIMIT", "1");
  serve();
  api_answer refused;
  for (int i = 0; i < 50 && refused.status != 429; ++i) refused = ask(all, "GET", "/types");
  BOOST_REQUIRE_EQUAL(refused.status, 429);
  BOOST_TEST(refused.headers.at("retry-after") == "1");
  BOOST_TEST(ask(token("viewer"), "GET", "/types").status == 200);  // each caller has its own rate limit
  for (const auto& a : {refused, ask("", "GET", "/queues"), ask(token("viewer"), "GET", "/nothing")}) {
    BOOST_TEST(a.headers.at("content-security-policy") == "default-src 'none'; frame-ancestors 'none'");
    BOOST_TEST(a.headers.at("referrer-policy") == "no-referrer");
    BOOST_TEST(a.headers.at("x-content-type-options") == "nosniff");
    BOOST_TEST(a.headers.at("cache-control") == "no-store");
  }
}

BOOST_AUTO_TEST_CASE(a_script_with_a_revoked_token_does_not_lock_out_other_callers) {
  serve();
  const auto old = token("viewer");
  BOOST_REQUIRE_EQUAL(ask(old, "GET", "/types").status, 200);
  const auto id = old.substr(3, 12);
  BOOST_REQUIRE_EQUAL(run({"token", "revoke", id, "--why", "test"}), 0);
  bool refused = false;
  for (int i = 0; i < 100 && !refused; ++i) refused = ask(old, "GET", "/types").status == 429;
  BOOST_TEST(refused);
  BOOST_TEST(ask(token("viewer"), "GET", "/types").status == 200);
  BOOST_TEST(read("select detail::json ->> 'token' from millrace.audit where action = 'api.unauthenticated' limit 1") == id);
}

BOOST_AUTO_TEST_SUITE_END()
