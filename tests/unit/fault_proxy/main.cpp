#define BOOST_TEST_MODULE fault_proxy
#include <boost/test/unit_test.hpp>
