#define BOOST_TEST_MODULE handlers
#include <boost/test/unit_test.hpp>
