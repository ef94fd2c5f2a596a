#define BOOST_TEST_MODULE dead_letters
#include <boost/test/unit_test.hpp>
