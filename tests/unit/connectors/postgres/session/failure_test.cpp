#include "connectors/postgres/session/failure.hpp"

#include <boost/test/unit_test.hpp>

using millrace::postgres::classify;
using millrace::postgres::failure_class;

BOOST_AUTO_TEST_SUITE(failure)

BOOST_AUTO_TEST_CASE(each_sqlstate_has_the_class_that_its_cause_asks_for) {
  const std::pair<const char*, failure_class> table[] = {
      {"40001", failure_class::retry},    {"40P01", failure_class::retry},   {"55P03", failure_class::retry},
      {"40003", failure_class::in_doubt}, {"", failure_class::pause},        {"08006", failure_class::pause},
      {"28P01", failure_class::pause},    {"53100", failure_class::pause},   {"53300", failure_class::pause},
      {"57P01", failure_class::pause},    {"57014", failure_class::pause},   {"25006", failure_class::pause},
      {"21000", failure_class::isolate},  {"22021", failure_class::isolate}, {"22P02", failure_class::isolate},
      {"23505", failure_class::isolate},  {"23514", failure_class::isolate}, {"54000", failure_class::isolate},
      {"P0001", failure_class::isolate},  {"42P01", failure_class::stop},    {"42601", failure_class::stop},
      {"0A000", failure_class::stop},     {"25P02", failure_class::stop},    {"XX000", failure_class::stop},
      {"ZZZZZ", failure_class::stop},
  };
  for (const auto& [sqlstate, expected] : table)
    BOOST_TEST(to_string(classify(sqlstate)) == to_string(expected), "SQLSTATE " << sqlstate);
}

BOOST_AUTO_TEST_CASE(an_sqlstate_of_odd_length_is_no_crash) {
  BOOST_TEST(to_string(classify("4")) == "stop");
  BOOST_TEST(to_string(classify("40")) == "retry");
}

BOOST_AUTO_TEST_SUITE_END()
