#include "runtime/crash/quarantine.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace;
using namespace millrace::crash;

BOOST_AUTO_TEST_CASE(the_quarantine_is_keyed_by_tenant_and_id_and_replaced_as_a_whole) {
  quarantine s;
  uuid one, two;
  one.bytes[0] = 1;
  two.bytes[0] = 2;
  BOOST_CHECK(s.empty());
  BOOST_CHECK(!s.contains("acme", one));
  s.replace({{"acme", one}, {"acme", one}, {"other", two}});
  BOOST_CHECK_EQUAL(s.size(), 2u);
  BOOST_CHECK(s.contains("acme", one));
  BOOST_CHECK(!s.contains("other", one));
  s.replace({{"acme", two}});
  BOOST_CHECK(!s.contains("acme", one));
  BOOST_CHECK(s.contains("acme", two));
  s.replace({});
  BOOST_CHECK(s.empty());
}
