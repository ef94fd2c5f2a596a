#include "connectors/postgres/dead_letter/dead_letter_store.hpp"
#include "tests/integration/connectors/postgres/database.hpp"

#include <limits>

using namespace millrace;
using namespace millrace::postgres;
using millrace::test::migrated_database;

namespace {

dead_letter_row letter(std::string id) {
  dead_letter_row row;
  row.id = std::move(id);
  row.tenant = "default";
  row.task_id = "00000000-0000-7000-8000-0000000000aa";
  row.type = "notification.email";
  row.queue = "email";
  row.reason = "rejected";
  row.properties_json = "{}";
  return row;
}

constexpr const char* first = "00000000-0000-7000-8000-000000000001";
constexpr const char* second = "00000000-0000-7000-8000-000000000002";

struct dead_letters_database : migrated_database {
  std::size_t add(const std::vector<dead_letter_row>& rows) {
    std::size_t added = 0;
    run([&](unit_of_work& work) { added = add_dead_letters(work, rows); });
    return added;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(dead_letters, dead_letters_database)

BOOST_AUTO_TEST_CASE(everything_is_kept_for_the_operator) {
  auto row = letter(first);
  const std::string raw("\0\xff", 2);
  row.original_id = "order-17";
  row.error = "no such mailbox";
  row.attempts = 3;
  row.generation = 2;
  row.exchange = "millrace";
  row.routing_key = "notification.email";
  row.content_type = "application/json";
  row.properties_json = R"({"headers":{"x":1}})";
  row.raw_properties = raw;
  row.payload = "{\"to\":1}";
  row.body_size = 8;
  row.parked_in = "parking";
  row.correlation_id = "corr";
  row.traceparent = "00-abc";
  BOOST_TEST(add({row}) == 1U);
  BOOST_TEST(ask(R"(select concat_ws('|', id, tenant, task_id, original_id, type, queue, reason, error, attempts, generation,
                      exchange, routing_key, content_type, correlation_id, traceparent, properties,
                      encode(raw_properties, 'hex'), encode(payload, 'escape'), body_size, parked_in)
                    from millrace.dead_letter)") ==
             "00000000-0000-7000-8000-000000000001|default|00000000-0000-7000-8000-0000000000aa|order-17|notification.email|"
             "email|rejected|no such mailbox|3|2|millrace|notification.email|application/json|corr|00-abc|"
             "{\"headers\":{\"x\":1}}|00ff|{\"to\":1}|8|parking");
}

BOOST_AUTO_TEST_CASE(a_redelivery_adds_no_second_row_and_changes_nothing) {
  BOOST_TEST(add({letter(first)}) == 1U);
  auto again = letter(first);
  again.reason = "poison";
  BOOST_TEST(add({letter(second), again}) == 1U);
  BOOST_TEST(add({}) == 0U);
  BOOST_TEST(ask("select string_agg(reason, ' ') from millrace.dead_letter") == "rejected rejected");
}

BOOST_AUTO_TEST_CASE(hostile_bytes_cannot_fail_the_batch) {
  auto row = letter(first);
  const std::string_view bytes("\0\xff\xed\xa0\x80", 5);
  row.tenant = row.type = row.queue = row.error = row.exchange = row.routing_key = row.content_type = bytes;
  row.original_id = row.correlation_id = row.traceparent = row.parked_in = row.raw_properties = row.payload = bytes;
  row.properties_json = std::string(bytes);
  row.body_size = std::numeric_limits<std::uint64_t>::max();
  BOOST_TEST(add({row, letter(second)}) == 2U);
  BOOST_TEST(ask("select encode(payload, 'hex') from millrace.dead_letter order by id") == "00ffeda080");
}

BOOST_AUTO_TEST_SUITE_END()
