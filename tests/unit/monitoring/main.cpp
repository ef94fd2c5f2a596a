#define BOOST_TEST_MODULE monitoring
#include <boost/test/unit_test.hpp>
