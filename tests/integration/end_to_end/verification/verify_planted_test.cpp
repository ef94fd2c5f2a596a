#include "tests/integration/end_to_end/verification/history.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <fstream>

using namespace millrace::test;

// Each invariant is breached on purpose, by an edit of a database in which it holds, and must be condemned by name.
namespace {

struct planted {
  const char* edit;
  const char* finding;
};

/// NAME in braces stands for the id of that task.
std::string with_ids(const history& h, std::string sql) {
  for (auto* name : {"funding", "payment", "refused", "webhook", "record", "dead"})
    for (auto mark = "{" + std::string{name} + "}"; sql.find(mark) != std::string::npos;)
      sql.replace(sql.find(mark), mark.size(), "'" + h.id(name) + "'");
  return sql;
}

constexpr auto another_amount =
    "update millrace.transfer set debit = 'bank', credit = 'a2', amount = 1 where task_id = {payment};"
    "update millrace.account a set balance = (select coalesce(sum(amount), 0) from millrace.entry e where e.account = "
    "a.name)";
constexpr auto all_refused =
    "update millrace.task set result = '{\"posted\":false,\"reason\":\"insufficient_funds\"}'"
    " where type = 'transaction.transfer'; delete from millrace.transfer; update millrace.account set balance = 0";
constexpr auto spent_before_funded =
    "update millrace.transfer set posted_at = posted_at + interval '1 hour' where task_id = {funding}";
constexpr auto wrongly_unknown =
    "update millrace.task set result = '{\"posted\":false,\"reason\":\"unknown_account\"}' where id = {refused};"
    "update millrace.account set opened_at = opened_at - interval '1 hour'";
constexpr auto refused_though_funded =
    "update millrace.task set finished_at = (select posted_at + interval '1 microsecond' from millrace.transfer"
    " where task_id = {funding}), started_at = started_at - interval '1 day' where id = {refused}";
constexpr auto below_limit =
    "alter table millrace.account drop constraint account_funds; update millrace.account set balance = -1 where name = 'a2'";
constexpr auto lease_of_ended =
    "insert into millrace.lease (task_id, tenant, node, exchange, routing_key, type, message_id, content_type, "
    "correlation_id,"
    " reply_to, headers, body) values ({webhook}, 'default', 'n', '', '', '', '', '', '', '', '{}', '')";

constexpr auto second_dead_letter =
    "insert into millrace.dead_letter (id, tenant, task_id, type, queue, reason, error, attempts, generation, exchange,"
    " routing_key, content_type, properties, raw_properties, payload, body_size)"
    " select gen_random_uuid(), tenant, task_id, type, queue, reason, error, attempts, generation, exchange, routing_key,"
    " content_type, properties, raw_properties, payload, body_size from millrace.dead_letter";

const planted defects[] = {
    {"delete from millrace.task where id = {webhook}", "confirmed tasks lost"},
    {"update millrace.task set state = 'cancelled' where id = {webhook}", "confirmed tasks that should have succeeded"},
    {"delete from millrace.dead_letter", "broken messages without exactly one dead letter"},
    {second_dead_letter, "broken messages without exactly one dead letter"},
    {"delete from millrace.task where payload = '{\"number\":0}'", "confirmed tasks lost"},
    {"update millrace.task set state = 'dead' where id = {record}", "results that were lost"},
    {"delete from millrace.task where payload = '{\"number\":2}'", "confirmed tasks without an id"},
    {"update millrace.task set state = 'cancelled' where payload = '{\"number\":2}'", "confirmed tasks without an id"},
    {"insert into millrace_test.execution (task_id, tenant) select task_id, tenant from millrace_test.execution",
     "recorded executions that were repeated"},
    {"delete from millrace_test.execution", "recorded executions that were repeated"},
    {"delete from millrace.transfer where task_id = {payment}", "succeeded transfers that did not post"},
    {"delete from millrace.task where id = {payment}", "succeeded transfers that did not post"},
    {another_amount, "posted transfers that differ from their task's payload"},
    {"update millrace.transfer set memo = 'x'", "posted transfers that differ from their task's payload"},
    {spent_before_funded, "posted transfers that their accounts did not permit"},
    {all_refused, "refused transfers whose reason did not hold"},
    {wrongly_unknown, "refused transfers whose reason did not hold"},
    {refused_though_funded, "refused transfers whose reason did not hold"},
    {"update millrace.account set currency = 'USD' where name = 'a2'", "accounts that differ from the task"},
    {"update millrace.account set balance = balance + 1 where name = 'a2'", "accounts whose balance is not the fold"},
    {"update millrace.account set balance = balance + 1 where name = 'a2'", "ledgers whose debits and credits differ"},
    {below_limit, "accounts below their limit"},
    {"update millrace.task set finished_at = null where id = {webhook}", "tasks whose state contradicts their history"},
    {"update millrace.task set state = 'running', finished_at = null where id = {webhook}",
     "tasks that were released before they ended"},
    {lease_of_ended, "leases of tasks that do not run"},
    {"update millrace.task set attempt = 2 where id = {webhook}", "tasks charged with attempts"},
    {"select millrace.enqueue('no.such.type', '{}')", "outbox messages that are due"},
};

/// Receives messages and never acknowledges them.
std::unique_ptr<child_process> hung_consumer(const std::string& url, const std::string& queue) {
  return std::make_unique<child_process>(
      std::vector<std::string>{"/usr/bin/python3", "-c",
                               "import sys, pika\n"
                               "channel = pika.BlockingConnection(pika.URLParameters(sys.argv[1])).channel()\n"
                               "channel.basic_consume(sys.argv[2], lambda *_: None)\n"
                               "channel.start_consuming()\n",
                               url, queue});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(verification)

BOOST_AUTO_TEST_CASE(every_planted_defect_is_condemned_by_its_invariant) {
  history h;
  auto unharmed = h.verify_after("");
  BOOST_REQUIRE_MESSAGE(unharmed.starts_with("exit 0"), unharmed);
  for (auto& [edit, finding] : defects) {
    auto found = h.verify_after(with_ids(h, edit));
    BOOST_CHECK_MESSAGE(found.starts_with("exit 1") && condemns(found, finding), edit << "\n" << found);
  }
}

BOOST_AUTO_TEST_CASE(only_listed_effects_may_repeat_each_as_often_as_it_is_listed) {
  history h;
  auto accepted = file_text(h.file("webhook.jsonl"));
  auto listed = h.write("may-repeat.jsonl", nlohmann::json{{"id", h.id("webhook")}}.dump() + "\n");
  auto arguments = h.journals();
  auto verify = [&] { return h.verify_after("", arguments); };
  h.write("webhook.jsonl", accepted + accepted);
  BOOST_CHECK(condemns(verify(), "e-mails and webhooks repeated without a cause"));
  arguments.insert(arguments.end(), {"--may-repeat", listed});
  BOOST_CHECK_MESSAGE(verify().starts_with("exit 0"), h.output());
  h.write("webhook.jsonl", accepted + accepted + accepted);
  BOOST_CHECK(condemns(verify(), "e-mails and webhooks repeated without a cause"));
  h.write("results.jsonl", "");
  BOOST_CHECK(condemns(verify(), "results that were lost"));
  h.write("webhook.jsonl", "");
  BOOST_CHECK(condemns(verify(), "e-mails and webhooks that succeeded unseen"));
}

BOOST_AUTO_TEST_CASE(checks_without_their_journal_are_reported_as_not_checked) {
  history h;
  auto found = h.verify_after("", {"--wait", "0"});
  BOOST_CHECK(found.starts_with("exit 0"));
  for (auto* what : {"confirmed tasks lost", "e-mails and webhooks repeated", "messages left unacknowledged"}) {
    auto line = found.substr(found.find(what));
    BOOST_CHECK_MESSAGE(line.substr(0, line.find('\n')).ends_with("not checked"), found);
  }
}

BOOST_AUTO_TEST_CASE(unacknowledged_and_parked_messages_and_those_of_other_queues_are_counted) {
  history h;
  const std::string in_queues = "messages left in the queues";
  auto left = [&] { return h.verify_with(h.journals()); };
  BOOST_CHECK_MESSAGE(left().starts_with("exit 0"), h.output());
  auto consumer = hung_consumer(h.amqp_url(), "webhook");
  auto body = R"({"url":")" + h.webhook_url() + R"(/hooks","event":"paid","data":{}})";
  BOOST_REQUIRE_EQUAL(h.run({"publish", "notification.webhook", body, "--count", "50"}), 0);
  auto all_of = [&](const std::string& finding) {
    return condemns(left(), finding) && h.output().find("webhook: 50\n") != std::string::npos;
  };
  BOOST_CHECK_MESSAGE(wait_until([&] { return all_of("messages left unacknowledged"); }), h.output());
  consumer->signal(SIGKILL);
  consumer->wait();
  BOOST_CHECK_MESSAGE(wait_until([&] { return all_of(in_queues); }), h.output());
  rabbit_api("DELETE", "/api/queues/" + h.vhost() + "/webhook/contents");
  for (std::string queue : {"millrace.parked", "results"}) {
    BOOST_CHECK(wait_until([&] { return left().starts_with("exit 0"); }));
    rabbit_api("POST", "/api/exchanges/" + h.vhost() + "/amq.default/publish",
               {{"properties", nlohmann::json::object()},
                {"routing_key", queue},
                {"payload", "x"},
                {"payload_encoding", "string"}});
    BOOST_CHECK(wait_until([&] { return condemns(left(), in_queues); }));
    BOOST_CHECK_MESSAGE(h.output().find(queue + ": 1") != std::string::npos, h.output());
    rabbit_api("DELETE", "/api/queues/" + h.vhost() + "/" + queue + "/contents");
  }
}

BOOST_AUTO_TEST_CASE(a_second_execution_is_detected_although_every_key_is_unique) {
  history h;
  h.serve({"--fault-injection", "--break", "no_dedupe", "--redeliver", "50"});
  BOOST_REQUIRE_EQUAL(h.run({"publish", "test.record", R"({"number":3})", "--queue", "email", "--count", "100"}), 0);
  BOOST_REQUIRE(h.settle(std::chrono::seconds{60}));
  auto found = h.verify_with(h.journals());
  BOOST_CHECK_MESSAGE(condemns(found, "recorded executions that were repeated"), found);
}

BOOST_AUTO_TEST_SUITE_END()
