#define BOOST_TEST_MODULE postgres_integration
#include <boost/test/unit_test.hpp>
