#define BOOST_TEST_MODULE outages
#include <boost/test/unit_test.hpp>
