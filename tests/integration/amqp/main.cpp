#define BOOST_TEST_MODULE amqp_integration
#include <boost/test/unit_test.hpp>
