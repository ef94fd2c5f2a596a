#include "tests/integration/end_to_end/verification/history.hpp"

#include <pqxx/pqxx>

#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace millrace::test {
namespace {

std::string ask(const std::string& database, const std::string& sql) {
  pqxx::connection connection{database};
  pqxx::nontransaction db{connection};
  auto rows = db.exec(sql);
  return rows.empty() || rows[0].empty() ? "" : rows[0][0].c_str();
}

/// The URL of another database of the server.
std::string beside(const std::string& url, const std::string& name) { return url.substr(0, url.rfind('/') + 1) + name; }

}  // namespace

history::history() {
  ask(database_url(),
      "create schema millrace_test; create table millrace_test.execution"
      " (number bigint generated always as identity, task_id uuid not null, tenant text not null)");
  serve({"--fault-injection"});
  open("bank", true);
  for (auto* account : {"a0", "a1", "a2"}) open(account, false);
  await("(select count(*) from millrace.account) = 4");
  transfer("funding", "bank", "a0", 100);
  await("(select count(*) from millrace.transfer) = 1");
  transfer("payment", "a0", "a1", 100);
  await("(select count(*) from millrace.transfer) = 2");
  transfer("refused", "a0", "a2", 50);
  publish("webhook", "notification.webhook", R"({"url":")" + webhook_url() + R"(/hooks","event":"paid","data":{}})", "done");
  rabbit_api("PUT", "/api/queues/" + vhost() + "/results", {{"durable", true}});
  publish_record();
  publish("dead", "notification.email", R"({"to":[]})", "dead");
  publish_without_id();
  await("(select count(*) from millrace.task where finished_at is not null) = 12");
  receive_result();
  server().signal(SIGTERM);
  if (server().wait() != 0) throw std::runtime_error("the node did not stop: " + log());
}

history::~history() = default;

void history::open(const std::string& account, bool negative) {
  publish("open " + account, "ledger.open_account",
          nlohmann::json{{"account", account}, {"currency", "EUR"}, {"allow_negative", negative}}.dump(), "done");
}

void history::transfer(const std::string& name, const std::string& debit, const std::string& credit, int amount) {
  publish(name, "transaction.transfer",
          nlohmann::json{{"debit", debit}, {"credit", credit}, {"amount", amount}, {"currency", "EUR"}}.dump(), "done");
}

void history::publish(const std::string& name, const std::string& type, const std::string& payload,
                      const std::string& expect, const std::string& queue) {
  std::vector<std::string> command{"publish", type, payload};
  if (!queue.empty()) command.insert(command.end(), {"--queue", queue});
  if (run(command) != 0) throw std::runtime_error(output());
  auto id = output().substr(0, 36);
  ids_[name] = id;
  std::ofstream{file("journal.jsonl"), std::ios::app} << nlohmann::json{{"id", id}, {"expect", expect}} << '\n';
}

void history::send(const nlohmann::json& properties, const std::string& payload) {
  rabbit_api("POST", "/api/exchanges/" + vhost() + "/amq.default/publish",
             {{"properties", properties}, {"routing_key", "email"}, {"payload", payload}, {"payload_encoding", "string"}});
}

/// A task with a result and a follow-up.
void history::publish_record() {
  const std::string id = "00000000-0000-7000-8000-000000000001";
  ids_["record"] = id;
  send({{"type", "test.record"}, {"delivery_mode", 2}, {"message_id", id}, {"reply_to", "results"}},
       R"({"number":1,"follow_ups":1})");
  std::ofstream{file("journal.jsonl"), std::ios::app}
      << nlohmann::json{{"id", id}, {"reply_to", "results"}, {"follow_ups", 1}} << '\n';
}

void history::receive_result() {
  nlohmann::json received;
  const nlohmann::json all{{"count", 10}, {"ackmode", "ack_requeue_false"}, {"encoding", "auto"}};
  auto arrived = [&] {
    received = rabbit_api("POST", "/api/queues/" + vhost() + "/results/get", all);
    return !received.empty();
  };
  if (!wait_until(arrived)) throw std::runtime_error("no result arrived");
  auto body = nlohmann::json::parse(received.at(0).at("payload").get<std::string>());
  write("results.jsonl", nlohmann::json{{"id", body["id"]}, {"state", body["state"]}}.dump() + "\n");
}

void history::publish_without_id() {
  const std::string payload = R"({"number":2})";
  send({{"type", "test.record"}, {"delivery_mode", 2}}, payload);
  std::ofstream{file("journal.jsonl"), std::ios::app}
      << nlohmann::json{{"id", nullptr}, {"sha256", ask(database_url(), "select encode(sha256('" + payload + "'), 'hex')")}}
      << '\n';
}

void history::await(const std::string& condition) {
  if (!wait_until([&] { return ask(database_url(), "select " + condition) == "t"; }))
    throw std::runtime_error("not reached: " + condition + "; " + in_progress());
}

std::vector<std::string> history::journals() const {
  return {"--journal", file("journal.jsonl"), "--effects", file("webhook.jsonl"), "--results", file("results.jsonl")};
}

std::string history::verify_after(const std::string& edit, const std::vector<std::string>& arguments) {
  const auto copy = unique_name("history"), name = database_url().substr(database_url().rfind('/') + 1);
  const auto server = beside(database_url(), "postgres"), url = beside(database_url(), copy);
  ask(server, "create database " + copy + " template " + name);
  ask(url, "alter table millrace.transfer disable trigger all; alter table millrace.account disable trigger all; " + edit);
  std::vector<std::string> command{"verify"};
  for (auto& given : {arguments.empty() ? journals() : arguments}) command.insert(command.end(), given.begin(), given.end());
  auto code = run(command, {{"MILLRACE_DATABASE_URL", url}});
  ask(server, "drop database " + copy + " with (force)");
  return "exit " + std::to_string(code) + "\n" + output();
}

std::string history::verify_with(const std::vector<std::string>& arguments) {
  std::vector<std::string> command{"verify"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const std::string api = required_variable("MILLRACE_TEST_RABBIT_API");
  auto code = run(command, {{"MILLRACE_AMQP_MANAGEMENT_URL", "http://" + api.substr(api.find('@') + 1)}});
  return "exit " + std::to_string(code) + "\n" + output();
}

bool condemns(const std::string& output, const std::string& what) {
  std::istringstream lines{output};
  for (std::string line; std::getline(lines, line);)
    if (line.size() > 5 && line.compare(5, what.size(), what) == 0) return line.ends_with("BREACH");
  return false;
}

}  // namespace millrace::test
