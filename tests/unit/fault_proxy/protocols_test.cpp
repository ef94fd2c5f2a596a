#include "tests/chaos/proxy/amqp_conversation.hpp"
#include "tests/chaos/proxy/fault_proxy.hpp"
#include "tests/chaos/proxy/postgres_conversation.hpp"
#include "tests/unit/fault_proxy/peers.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace::test;
using namespace std::literals;

namespace {

const std::string greeting{"AMQP\0\0\x09\x01", 8};

std::string be32(std::size_t n) {
  return {static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8), static_cast<char>(n)};
}

std::string frame(char type, const std::string& payload) {
  return std::string{type} + std::string{"\0\1", 2} + be32(payload.size()) + payload + '\xce';
}
const std::string ack = frame(1, std::string{"\0\x3c\0\x50\0\0\0\0\0\0\0\7\0", 13});
const std::string body = frame(3, std::string{"\0\x3c\0\x50 looks like an ack", 22});

std::string message(char type, const std::string& text) { return type + be32(text.size() + 4) + text; }
std::string first(unsigned code, const std::string& text = {}) { return be32(text.size() + 8) + be32(code) + text; }
std::string query(const std::string& text) { return message('Q', text + '\0'); }
const std::string start_up = first(196608, "user\0me\0\0"s);
const std::string committed = message('C', "COMMIT\0"s);
const std::string ready = message('Z', "I");

/// Everything in one read, and byte by byte, must come to the same.
passage feed(conversation& c, direction d, const std::string& bytes, bool singly) {
  if (!singly) return c.pass(d, bytes);
  passage all;
  for (std::size_t i = 0; i < bytes.size() && !all.cut; ++i) {
    auto one = c.pass(d, bytes.substr(i, 1));
    all.bytes += one.bytes;
    all.cut = one.cut;
  }
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(protocols)

BOOST_AUTO_TEST_CASE(the_nth_ack_of_the_client_is_the_last_thing_that_passes) {
  for (bool singly : {false, true}) {
    amqp_triggers t;
    t.client_ack.arm(2, false);
    amqp_conversation c{t};
    auto passed = feed(c, direction::to_server, greeting + body + ack + body + ack + body, singly);
    BOOST_TEST(passed.cut);
    BOOST_TEST((passed.bytes == greeting + body + ack + body + ack));
    BOOST_TEST(t.client_ack.hits() == 1u);
  }
}

BOOST_AUTO_TEST_CASE(or_the_first_thing_that_does_not) {
  for (bool singly : {false, true}) {
    amqp_triggers t;
    t.lost_client_ack.arm(2, false);
    amqp_conversation c{t};
    auto passed = feed(c, direction::to_server, greeting + ack + body + ack + body, singly);
    BOOST_TEST(passed.cut);
    BOOST_TEST((passed.bytes == greeting + ack + body));
  }
}

BOOST_AUTO_TEST_CASE(held_confirms_wait_and_all_else_passes) {
  for (bool singly : {false, true}) {
    amqp_triggers t;
    t.hold_confirms = true;
    amqp_conversation c{t};
    BOOST_TEST((feed(c, direction::to_client, body + ack + body + ack, singly).bytes == body + body));
    BOOST_TEST(c.released() == "");
    t.hold_confirms = false;
    BOOST_TEST((c.released() == ack + ack));
    BOOST_TEST((feed(c, direction::to_client, ack, singly).bytes == ack));
  }
}

BOOST_AUTO_TEST_CASE(the_reply_to_the_nth_commit_is_cut_off_at_its_start) {
  for (bool singly : {false, true})
    for (const auto* commit : {"COMMIT", "commit;", "  Commit "}) {
      postgres_triggers t;
      t.lost_commit_reply.arm(2, false);
      postgres_conversation c{t};
      for (auto& sent : {start_up, query("BEGIN"), query(commit), query("select 'COMMIT'"), query("committee")}) {
        BOOST_TEST((feed(c, direction::to_server, sent, singly).bytes == sent));
        auto answer = committed + ready;
        auto heard = feed(c, direction::to_client, answer, singly);
        BOOST_TEST(!heard.cut);
        BOOST_TEST((heard.bytes == answer));
      }
      auto big = query("select '" + std::string(5'000, 'x') + "'") + query(commit);
      BOOST_TEST((feed(c, direction::to_server, big, singly).bytes == big));
      auto notice = message('N', "a notice");
      auto heard = feed(c, direction::to_client, notice + committed + ready, singly);
      BOOST_TEST(heard.cut);
      // Byte by byte, the head of the reply is forwarded before its type is known. What matters is that it is incomplete.
      BOOST_TEST(heard.bytes.starts_with(notice));
      BOOST_TEST(heard.bytes.size() < (notice + committed).size());
    }
}

BOOST_AUTO_TEST_CASE(a_prepared_commit_counts_when_it_is_executed) {
  postgres_triggers t;
  t.lost_commit_reply.arm(1, false);
  postgres_conversation c{t};
  c.pass(direction::to_server, start_up);
  c.pass(direction::to_server, message('P', "end\0commit\0\0\0"s) + message('P', "other\0select 1\0\0\0"s));
  c.pass(direction::to_server, message('B', "\0other\0\0\0\0\0\0\0"s) + message('E', "\0\0\0\0\0"s));
  BOOST_TEST(t.lost_commit_reply.hits() == 0u);
  c.pass(direction::to_server, message('B', "\0end\0\0\0\0\0\0\0"s) + message('E', "\0\0\0\0\0"s));
  BOOST_TEST(t.lost_commit_reply.hits() == 1u);
  auto parsed = message('1', "") + message('2', "");
  auto heard = c.pass(direction::to_client, parsed + committed);
  BOOST_TEST(heard.cut);
  BOOST_TEST((heard.bytes == parsed));
}

BOOST_AUTO_TEST_CASE(refused_encryption_is_followed_by_a_start_up_and_granted_encryption_by_nothing_to_read) {
  postgres_triggers t;
  t.lost_commit_reply.arm(1, false);
  postgres_conversation plain{t}, encrypted{t};
  for (auto* c : {&plain, &encrypted}) c->pass(direction::to_server, first(80877103));
  BOOST_TEST((encrypted.pass(direction::to_client, "S").bytes == "S"));
  encrypted.pass(direction::to_server, start_up + query("COMMIT"));
  BOOST_TEST(t.lost_commit_reply.hits() == 0u);
  BOOST_TEST((plain.pass(direction::to_client, "N").bytes == "N"));
  plain.pass(direction::to_server, start_up + query("COMMIT"));
  BOOST_TEST(t.lost_commit_reply.hits() == 1u);
}

BOOST_AUTO_TEST_CASE(through_the_proxy_the_server_gets_all_and_an_orderly_end_and_the_client_a_reset) {
  echo_server server{false};
  fault_proxy proxy{server.port(), fault_proxy::protocol::amqp};
  proxy.cut_after_client_ack(1);
  tcp_client c{proxy.port()};
  c.send(greeting + body + ack + body);
  BOOST_TEST(c.ending() == "reset");
  BOOST_TEST((server.received() == greeting + body + ack));
  BOOST_TEST(server.ending() == "end");
  BOOST_TEST(proxy.seen().cuts == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
