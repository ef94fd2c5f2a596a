#include "actors/handlers/report/report_run_handler.hpp"
#include "runtime/task/effect_context.hpp"
#include "tests/integration/connectors/postgres/database.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

using namespace millrace;
using namespace millrace::config;
using namespace millrace::handlers;
using millrace::test::migrated_database;
namespace fs = std::filesystem;

namespace {

struct report_database : migrated_database {
  report_database() {
    std::string name = (fs::temp_directory_path() / "millrace-reports-XXXXXX").string();
    root = ::mkdtemp(name.data());
    fs::create_directory(root / "catalogue");
    read_by([this](auto work, auto done) { done(reader.run(work)); });
  }
  ~report_database() { fs::remove_all(root); }

  /// From now on handlers read the database through `read`.
  void read_by(std::function<void(effect_context::read_work, effect_context::read_done)> read) {
    context = effect_context{{.read_database = std::move(read)}};
  }
  void define(const std::string& name, const std::string& text) const {
    std::ofstream(root / "catalogue" / (name + ".sql")) << "-- title: Under test\n" << text;
  }
  outcome execute(const std::string& payload, const std::string& tenant = "default") {
    task t;
    t.id.bytes[15] = 7;
    t.tenant = tenant;
    t.payload = shared_bytes::own(payload);
    std::optional<outcome> result;
    report_run_handler handler(root / "catalogue", root / "out");
    handler.execute(t, context, completion([&](outcome o) { result = std::move(o); }));
    BOOST_REQUIRE(result.has_value());
    return *std::move(result);
  }
  nlohmann::json succeed(const std::string& payload, const std::string& tenant = "default") {
    const auto o = execute(payload, tenant);
    if (const auto* bad = std::get_if<dead>(&o)) BOOST_FAIL(bad->error);
    if (const auto* later = std::get_if<retry>(&o)) BOOST_FAIL(later->error);
    return nlohmann::json::parse(std::get<succeeded>(o).result);
  }
  static std::string text_of(const nlohmann::json& result) {
    std::ifstream file(result.at("path").get<std::string>(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::ptrdiff_t files() const {
    return fs::exists(root / "out") ? std::distance(fs::directory_iterator(root / "out"), fs::directory_iterator()) : 0;
  }

  fs::path root;
  postgres::session reader{{.url = secret{database.url()}, .read_only = true}};
  effect_context context{{}};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(running_reports, report_database)

BOOST_AUTO_TEST_CASE(a_report_becomes_a_csv_file_and_its_result_says_where) {
  define("sample", R"(-- parameter: word text
select $1::text as word, -5::int as number, '=1+1'::text as formula, null::text as nothing, '2026-01-31'::date as day,
       'a,"b"'::text as "quo,ted", true as truth, 1.50::numeric as amount)");
  const auto result = succeed(R"({"report":"sample","parameters":{"word":"x'); drop table y; --"}})");
  BOOST_TEST(text_of(result) ==
             "word,number,formula,nothing,day,\"quo,ted\",truth,amount\r\n"
             "x'); drop table y; --,-5,'=1+1,,2026-01-31,\"a,\"\"b\"\"\",t,1.50\r\n");
  BOOST_TEST(fs::path(result["path"].get<std::string>()).filename() == "sample-00000000-0000-0000-0000-000000000007.csv");
  BOOST_TEST(result["rows"] == 1);
  BOOST_TEST(result["bytes"] == text_of(result).size());
  BOOST_TEST(result["sha256"].get<std::string>().size() == 64U);
  BOOST_TEST(files() == 1);
}

BOOST_AUTO_TEST_CASE(a_report_without_rows_has_a_head) {
  define("empty", "select 1 as one where false");
  BOOST_TEST(text_of(succeed(R"({"report":"empty"})")) == "one\r\n");
}

BOOST_AUTO_TEST_CASE(many_rows_stream_through_and_running_again_replaces_the_file) {
  define("many", "-- parameter: n integer\nselect g, repeat('x', 50) from generate_series(1, $1::int) g");
  for (const int rows : {12'345, 501}) {
    const auto result = succeed(R"({"report":"many","parameters":{"n":)" + std::to_string(rows) + "}}");
    BOOST_TEST(result["rows"] == rows);
    const auto text = text_of(result);
    BOOST_TEST(std::count(text.begin(), text.end(), '\n') == rows + 1);
  }
  BOOST_TEST(files() == 1);
}

BOOST_AUTO_TEST_CASE(the_tenant_is_the_tasks_own) {
  define("whose", "-- parameter: tenant tenant\nselect $1::text as tenant");
  const auto result = succeed(R"({"report":"whose"})", "acme");
  BOOST_TEST(text_of(result) == "tenant\r\nacme\r\n");
  BOOST_TEST(fs::path(result["path"].get<std::string>()).filename() ==
             "whose-acme-00000000-0000-0000-0000-000000000007.csv");
  BOOST_TEST(std::holds_alternative<dead>(execute(R"({"report":"whose","parameters":{"tenant":"foreign"}})", "acme")));
}

BOOST_AUTO_TEST_CASE(a_task_that_can_never_run_is_dead) {
  define("broken", "select * from no_such_table");
  define("writing", "with x as (delete from millrace.outbox returning id) select * from x");
  define("two", "select 1; drop table millrace.task");
  define("dividing", "select 1 / 0 as nothing");
  const std::pair<const char*, dead_reason> table[] = {
      {"[]", dead_reason::invalid_payload},
      {R"({"report":"../broken"})", dead_reason::invalid_payload},
      {R"({"report":"missing"})", dead_reason::invalid_payload},
      {R"({"report":"broken","format":"pdf"})", dead_reason::invalid_payload},
      {R"({"report":"broken","parameters":{"x":1}})", dead_reason::invalid_payload},
      {R"({"report":"broken"})", dead_reason::rejected},
      {R"({"report":"writing"})", dead_reason::rejected},
      {R"({"report":"two"})", dead_reason::rejected},
      {R"({"report":"dividing"})", dead_reason::rejected},
  };
  for (const auto& [payload, reason] : table) {
    const auto o = execute(payload);
    BOOST_REQUIRE_MESSAGE(std::holds_alternative<dead>(o), payload);
    BOOST_TEST(to_string(std::get<dead>(o).reason) == to_string(reason), payload);
  }
  BOOST_TEST(files() == 0);
  BOOST_TEST(ask("select to_regclass('millrace.task') is not null") == "t");
}

BOOST_AUTO_TEST_CASE(an_unavailable_database_costs_no_attempt_and_a_folder_in_the_way_is_a_retry) {
  define("sample", "select 1");
  define("slow", "select pg_sleep(60)");
  reader.disconnect();
  read_by([](auto, auto done) {
    done(tl::unexpected(postgres::failure{postgres::failure_class::pause, {}, "unavailable"}));
  });
  BOOST_TEST(std::holds_alternative<snooze>(execute(R"({"report":"sample"})")));

  postgres::session impatient{
      {.url = secret{database.url()}, .statement_timeout = std::chrono::milliseconds(1), .read_only = true}};
  read_by([&](auto work, auto done) { done(impatient.run(work)); });
  BOOST_TEST(std::holds_alternative<retry>(execute(R"({"report":"slow"})")));

  read_by([this](auto work, auto done) { done(reader.run(work)); });
  fs::remove_all(root / "out");
  std::ofstream(root / "out") << "a file where the folder should be";
  BOOST_TEST(std::holds_alternative<retry>(execute(R"({"report":"sample"})")));
}

// A restarted pool gives the work to a second connection while the first one still executes it.
BOOST_AUTO_TEST_CASE(two_readings_at_the_same_time_do_not_mix) {
  define("sample",
         "select case when pg_try_advisory_lock(77) then pg_sleep(0.2)::text else '' end || g from generate_series(1, 3) g");
  postgres::session other{{.url = secret{database.url()}, .read_only = true}};
  read_by([&](auto work, auto done) {
    std::thread first{[&] { reader.run(work); }};
    BOOST_TEST(test::wait_until(
        [&] { return ask("select count(*) from pg_locks where locktype = 'advisory' and objid = 77") != "0"; }));
    BOOST_TEST(other.run(work).has_value());
    first.join();
    done({});
  });
  const auto result = succeed(R"({"report":"sample"})");
  const auto text = text_of(result);
  BOOST_TEST(result.at("rows") == 3);
  BOOST_TEST(result.at("bytes") == text.size());
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 4);
  BOOST_TEST(files() == 1);
}

BOOST_AUTO_TEST_CASE(the_shipped_reports_run) {
  fs::copy(fs::path(MILLRACE_SOURCE_DIR) / "config/reports", root / "catalogue", fs::copy_options::recursive);
  exec(R"(insert into millrace.account (tenant, name, currency, allow_negative, balance)
          values ('default', 'bank', 'EUR', true, -5), ('default', 'ada', 'EUR', false, 5), ('acme', 'x', 'EUR', true, 0);
          insert into millrace.transfer (task_id, tenant, debit, credit, amount, currency)
          values ('00000000-0000-0000-0000-000000000001', 'default', 'bank', 'ada', 7, 'EUR'),
                 ('00000000-0000-0000-0000-000000000002', 'default', 'ada', 'bank', 2, 'EUR'))");
  BOOST_TEST(succeed(R"({"report":"ledger_balances"})")["rows"] == 2);
  BOOST_TEST(succeed(R"({"report":"tasks_by_state"})")["rows"] == 0);
  const auto statement = succeed(R"({"report":"account_statement","parameters":{"account":"ada"}})");
  BOOST_TEST(statement["rows"] == 2);
  BOOST_TEST(text_of(statement).find(",bank,ada,7,EUR,7,") != std::string::npos);
  BOOST_TEST(text_of(statement).find(",ada,bank,-2,EUR,5,") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
