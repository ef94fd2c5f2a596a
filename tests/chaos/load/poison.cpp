#include "tests/chaos/load/poison.hpp"

#include "runtime/task/uuid.hpp"

#include <chrono>

namespace millrace::chaos {
namespace {

using nlohmann::json;

message mail(std::string body) {
  auto m = make("email", "notification.email", json::object());
  m.body = std::move(body);
  m.expect = "dead";
  return m;
}

message in_msgpack(std::string body) {
  auto m = mail(std::move(body));
  m.content_type = "application/msgpack";
  return m;
}

message of_unknown_type() {
  auto m = mail("{}");
  m.type = "no.such.type";
  return m;
}

message with_header(const char* name, amqp::field_value value) {
  auto m = mail(R"({"to": ["a@example.org"], "subject": "x", "text": "x"})");
  m.headers.emplace_back(name, std::move(value));
  return m;
}

amqp::field_value nested(int depth) {
  amqp::field_value value{amqp::field_table{}};
  for (; depth > 0; --depth) {
    amqp::field_table around;
    around.emplace_back("t", std::move(value));
    value = {std::move(around)};
  }
  return value;
}

message money_without_id() {
  auto m = make("", "transaction.transfer", json::object());
  m.message_id.clear();
  m.body = json{{"debit", "a"}, {"credit", "b"}, {"amount", 1}, {"currency", "EUR"}, {"note", m.id}}.dump();
  m.expect = "dead";
  return m;
}

message to_be_contradicted() {
  auto m = make("email", "notification.email", {{"to", {"customer@example.org"}}, {"subject", "First"}, {"text", "Hello"}});
  m.contradicted = true;
  return m;
}

}  // namespace

message make(const char* queue, const char* type, const json& payload) {
  return {.queue = queue, .type = type, .id = to_string(uuid::v7(std::chrono::system_clock::now())), .body = payload.dump()};
}

message broken(std::size_t kind) {
  switch (kind) {
    case 0:
      return mail("{\"to\": [");
    case 1:
      return of_unknown_type();
    case 2:
      return mail(std::string(100'000, '['));
    case 3:
      return mail(R"({"to": ["a@example.org"], "subject": "\u0000", "text": "x"})");
    case 4:
      return mail("{\"to\": [\"a@example.org\"], \"subject\": \"\xff\xc0\", \"text\": \"x\"}");
    case 5:
      return mail(R"({"to": ["a@example.org"], "subject": "x", "txet": "x"})");
    case 6:
      return in_msgpack("\xdd\xff\xff\xff\xff");  // an array of four billion elements
    case 7:
      return with_header("max_attempts", {std::string{"many"}});
    case 8:
      return with_header("deep", nested(40));
    case 9:
      return mail(std::string(300 * 1024, ' '));
    case 10:
      return money_without_id();
    default:
      return to_be_contradicted();
  }
}

message contradiction(const message& of) {
  auto m = make("email", "notification.email", json::object());
  m.message_id = of.id;
  m.body = json{{"to", {"customer@example.org"}}, {"subject", "Second " + m.id}, {"text", "Hello"}}.dump();
  m.expect = "dead";
  return m;
}

}  // namespace millrace::chaos
