#include "actors/handlers/ledger/open_account_handler.hpp"
#include "actors/handlers/ledger/transfer_handler.hpp"
#include "monitoring/metrics/metrics.hpp"
#include "tests/integration/connectors/postgres/database.hpp"

#include <future>
#include <numeric>
#include <random>
#include <set>
#include <sstream>

using namespace millrace;
using namespace millrace::handlers;
using millrace::test::migrated_database;

namespace {

/// An outcome as text: the result of a success, else the kind and the reason.
std::string word(const outcome& o) {
  if (const auto* done = std::get_if<succeeded>(&o)) return done->result;
  if (const auto* given_up = std::get_if<dead>(&o)) return std::string("dead ") + to_string(given_up->reason);
  return "other";
}

struct ledger_database : migrated_database {
  static task make(int id, std::string payload, std::string tenant = "default") {
    task t;
    t.id.bytes[15] = static_cast<std::uint8_t>(id & 255);
    t.id.bytes[14] = static_cast<std::uint8_t>(id >> 8);
    t.tenant = std::move(tenant);
    t.payload = shared_bytes::own(std::move(payload));
    return t;
  }
  static task transfer(int id, const std::string& debit, const std::string& credit, std::int64_t amount) {
    return make(id, R"({"debit":")" + debit + R"(","credit":")" + credit + R"(","currency":"EUR","amount":)" +
                        std::to_string(amount) + "}");
  }
  template <class Handler>
  std::string execute(Handler handler, const std::vector<task>& batch) {
    std::string words;
    run([&](unit_of_work& work) {
      words.clear();
      for (const auto& o : handler.execute(work, batch)) words += word(o) + "\n";
    });
    return words;
  }
  std::string open(const std::vector<task>& batch) { return execute(open_account_handler(), batch); }
  std::string post(const std::vector<task>& batch) { return execute(transfer_handler(), batch); }

  /// The ledger's metrics once the batch is committed.
  std::string counted(const std::vector<task>& batch) {
    monitoring::metrics m;
    std::vector<unit_of_work::count> counts;
    run([&](unit_of_work& work) {
      transfer_handler().execute(work, batch);
      counts = work.take_counts();
    });
    for (auto& count : counts) count(m);
    std::istringstream exposed(m.expose());
    const std::string prefix = "millrace_ledger_";
    std::set<std::string> lines;  // the metrics are unordered
    for (std::string line; std::getline(exposed, line);)
      if (line.starts_with(prefix)) lines.insert(line.substr(prefix.size()) + "\n");
    return std::accumulate(lines.begin(), lines.end(), std::string());
  }

  void open_bank() {
    open({make(1, R"({"account":"bank","currency":"EUR","allow_negative":true})"),
          make(2, R"({"account":"ada","currency":"EUR"})"), make(3, R"({"account":"bob","currency":"EUR"})"),
          make(4, R"({"account":"usd","currency":"USD"})")});
  }
  std::string balances() {
    return ask("select string_agg(name || ' ' || balance, ', ' order by name) from millrace.account where balance <> 0");
  }
  std::string imbalances() { return ask("select count(*) from millrace.ledger_imbalance"); }
};

constexpr const char* posted = "{\"posted\":true}\n";
std::string refused(const char* reason) { return std::string("{\"posted\":false,\"reason\":\"") + reason + "\"}\n"; }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ledger_handlers, ledger_database)

BOOST_AUTO_TEST_CASE(an_account_opens_once_and_its_nature_is_fixed) {
  const std::string ada = R"({"account":"ada","currency":"EUR"})";
  BOOST_TEST(open({make(1, ada)}) == "{\"opened\":true,\"existed\":false}\n");
  BOOST_TEST(open({make(2, ada)}) == "{\"opened\":true,\"existed\":true}\n");
  BOOST_TEST(open({make(3, R"({"account":"ada","currency":"USD"})")}) ==
             "{\"opened\":false,\"reason\":\"different_attributes\"}\n");
  BOOST_TEST(open({make(4, R"({"account":"ada","currency":"EUR","allow_negative":true})"), make(5, ada, "acme")}) ==
             "{\"opened\":false,\"reason\":\"different_attributes\"}\n{\"opened\":true,\"existed\":false}\n");
  BOOST_TEST(ask("select count(*) from millrace.account") == "2");
}

BOOST_AUTO_TEST_CASE(a_batch_may_open_one_account_twice_and_hold_a_bad_task) {
  BOOST_TEST(open({make(1, R"({"account":"a","currency":"EUR"})"), make(2, "{}"),
                   make(3, R"({"account":"a","currency":"EUR"})"), make(4, R"({"account":"a","currency":"USD"})")}) ==
             "{\"opened\":true,\"existed\":false}\ndead invalid_payload\n{\"opened\":true,\"existed\":true}\n"
             "{\"opened\":false,\"reason\":\"different_attributes\"}\n");
  BOOST_TEST(open({make(5, "{}")}) == "dead invalid_payload\n");
}

BOOST_AUTO_TEST_CASE(a_batch_posts_in_order_and_every_task_has_its_answer) {
  open_bank();
  const auto words = post({transfer(10, "bank", "ada", 100), transfer(11, "ada", "bob", 60), make(12, R"({"debit":"ada"})"),
                           transfer(13, "ada", "bob", 60), transfer(14, "ada", "nobody", 1), transfer(15, "bank", "usd", 1),
                           transfer(16, "ada", "ada", 1), transfer(17, "ada", "bob", 0), transfer(18, "bob", "ada", 10)});
  BOOST_TEST(words == std::string(posted) + posted + "dead invalid_payload\n" + refused("insufficient_funds") +
                          refused("unknown_account") + refused("currency_mismatch") + refused("same_account") +
                          refused("amount_not_positive") + posted);
  BOOST_TEST(balances() == "ada 50, bank -100, bob 50");
  BOOST_TEST(ask("select count(*) from millrace.transfer") == "3");
  BOOST_TEST(imbalances() == "0");
}

BOOST_AUTO_TEST_CASE(a_posted_id_is_never_posted_again_even_if_its_task_was_forgotten) {
  open_bank();
  const auto first = transfer(10, "bank", "ada", 100);
  BOOST_TEST(post({first}) == posted);
  BOOST_TEST(post({first, transfer(11, "ada", "bob", 1)}) == std::string(posted) + posted);
  BOOST_TEST(post({transfer(10, "bank", "ada", 101)}) == refused("id_reused"));
  BOOST_TEST(balances() == "ada 99, bank -100, bob 1");
  BOOST_TEST(imbalances() == "0");
}

BOOST_AUTO_TEST_CASE(a_large_batch_repeats_it_even_if_the_money_is_spent) {
  open_bank();
  post({transfer(10, "bank", "ada", 100), transfer(11, "ada", "bob", 100)});
  std::vector<task> batch{transfer(11, "ada", "bob", 100)};  // posted before; now the balance would be insufficient
  std::string expected = posted;
  for (int n = 100; n < 200; ++n) batch.push_back(transfer(n, "bank", "bob", 1)), expected += posted;
  batch.push_back(transfer(12, "ada", "bob", 1));
  expected += refused("insufficient_funds");
  BOOST_TEST(post(batch) == expected);
  batch.push_back(transfer(10, "bank", "ada", 100));  // the batch again, with one more posted transfer
  expected += posted;
  BOOST_TEST(post(batch) == expected);
  BOOST_TEST(balances() == "bank -200, bob 200");
  BOOST_TEST(imbalances() == "0");
}

BOOST_AUTO_TEST_CASE(posted_and_refused_transfers_are_counted_by_currency) {
  open_bank();
  BOOST_TEST(counted({transfer(10, "bank", "ada", 100), transfer(11, "ada", "bob", 60), make(12, "{}"),
                      transfer(13, "ada", "bob", 60), transfer(14, "usd", "nobody", 1)}) ==
             "transfers_total{currency=\"EUR\",result=\"posted\"} 2\n"
             "transfers_total{currency=\"EUR\",result=\"refused\"} 1\n"
             "transfers_total{currency=\"unknown\",result=\"posted\"} 0\n"
             "transfers_total{currency=\"unknown\",result=\"refused\"} 1\n"
             "volume_minor_units_total{currency=\"EUR\"} 160\n"
             "volume_minor_units_total{currency=\"unknown\"} 0\n");
}

BOOST_AUTO_TEST_CASE(transfers_posted_before_are_not_counted_again_in_any_batch) {
  open_bank();
  const auto first = transfer(10, "bank", "ada", 100);
  post({first});
  BOOST_TEST(counted({first, transfer(10, "bank", "ada", 7)}) ==
             "transfers_total{currency=\"EUR\",result=\"posted\"} 0\n"
             "transfers_total{currency=\"EUR\",result=\"refused\"} 1\n"
             "volume_minor_units_total{currency=\"EUR\"} 0\n");
  std::vector<task> batch{first};  // all are posted as new at first, and rolled back
  for (int n = 100; n < 200; ++n) batch.push_back(transfer(n, "bank", "bob", 2));
  BOOST_TEST(counted(batch) ==
             "transfers_total{currency=\"EUR\",result=\"posted\"} 100\n"
             "transfers_total{currency=\"EUR\",result=\"refused\"} 0\n"
             "volume_minor_units_total{currency=\"EUR\"} 200\n");
}

BOOST_AUTO_TEST_CASE(tenants_do_not_see_each_others_accounts) {
  open_bank();
  auto foreign = transfer(10, "bank", "ada", 1);
  foreign.tenant = "acme";
  BOOST_TEST(post({foreign}) == refused("unknown_account"));
  open({make(20, R"({"account":"bank","currency":"EUR","allow_negative":true})", "acme"),
        make(21, R"({"account":"ada","currency":"EUR"})", "acme")});
  auto same_id = transfer(30, "bank", "ada", 7);
  same_id.tenant = "acme";
  BOOST_TEST(post({transfer(30, "bank", "ada", 5), same_id}) == std::string(posted) + posted);
  BOOST_TEST(
      ask("select string_agg(tenant || ' ' || balance, ', ' order by tenant) from millrace.account where name = 'ada'") ==
      "acme 7, default 5");
  BOOST_TEST(imbalances() == "0");
}

BOOST_AUTO_TEST_CASE(a_balance_that_would_overflow_is_refused) {
  open_bank();
  BOOST_TEST(post({transfer(10, "bank", "ada", 9'223'372'036'854'775'807), transfer(11, "bank", "ada", 1),
                   transfer(12, "bank", "bob", 2)}) == std::string(posted) + refused("overflow") + refused("overflow"));
  BOOST_TEST(imbalances() == "0");
}

BOOST_AUTO_TEST_CASE(concurrent_batches_neither_deadlock_nor_break_the_books_in_any_snapshot) {
  open_bank();
  BOOST_TEST(post({transfer(10, "bank", "ada", 500), transfer(11, "bank", "bob", 500)}) == std::string(posted) + posted);
  std::vector<std::future<void>> writers;
  for (int writer = 0; writer < 3; ++writer)
    writers.push_back(std::async(std::launch::async, [&, writer] {
      postgres::session mine(options());
      std::mt19937 random(static_cast<unsigned>(writer));
      const char* const names[] = {"bank", "ada", "bob"};
      for (int round = 0; round < 15; ++round) {
        std::vector<task> batch;
        for (int i = 0; i < 40; ++i)
          batch.push_back(transfer(1'000 + writer * 1'000 + round * 40 + i, names[random() % 3], names[random() % 3],
                                   static_cast<std::int64_t>(random() % 200)));
        const auto done = mine.run([&](unit_of_work& work) { transfer_handler().execute(work, batch); });
        if (!done) throw std::runtime_error(done.error().sqlstate + done.error().message);
      }
    }));
  for (int look = 0; look < 20; ++look) BOOST_TEST(imbalances() == "0");
  for (auto& writer : writers) writer.get();
  BOOST_TEST(imbalances() == "0");
  BOOST_TEST(ask("select sum(balance) from millrace.account") == "0");
}

BOOST_AUTO_TEST_CASE(history_and_accounts_cannot_be_rewritten) {
  open_bank();
  post({transfer(10, "bank", "ada", 1)});
  for (const char* sql :
       {"update millrace.transfer set amount = 2", "delete from millrace.transfer", "truncate millrace.transfer",
        "delete from millrace.account", "update millrace.account set currency = 'USD'", "truncate millrace.account"}) {
    const auto done = session.run([&](unit_of_work& work) { work.transaction().exec(sql); });
    BOOST_REQUIRE_MESSAGE(!done.has_value(), sql);
    BOOST_TEST(done.error().sqlstate == "42501");
  }
  BOOST_TEST(imbalances() == "0");
}

BOOST_AUTO_TEST_SUITE_END()
