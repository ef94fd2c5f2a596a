#include "connectors/http/transfer_failure.hpp"

#include <boost/test/unit_test.hpp>

using namespace millrace::http;

BOOST_AUTO_TEST_SUITE(transfer_failures)

BOOST_AUTO_TEST_CASE(a_time_out_counts_as_such_only_once_the_request_could_be_sent) {
  BOOST_TEST((classify(CURLE_OPERATION_TIMEDOUT, false) == transfer_error::connect));
  BOOST_TEST((classify(CURLE_OPERATION_TIMEDOUT, true) == transfer_error::timeout));
}

BOOST_AUTO_TEST_CASE(codes_fall_into_the_documented_classes) {
  BOOST_TEST((classify(CURLE_URL_MALFORMAT, false) == transfer_error::bad_url));
  BOOST_TEST((classify(CURLE_UNSUPPORTED_PROTOCOL, false) == transfer_error::bad_url));
  BOOST_TEST((classify(CURLE_COULDNT_RESOLVE_HOST, false) == transfer_error::resolve));
  BOOST_TEST((classify(CURLE_COULDNT_CONNECT, false) == transfer_error::connect));
  BOOST_TEST((classify(CURLE_PEER_FAILED_VERIFICATION, false) == transfer_error::tls));
  BOOST_TEST((classify(CURLE_SSL_CONNECT_ERROR, false) == transfer_error::tls));
  BOOST_TEST((classify(CURLE_RECV_ERROR, true) == transfer_error::other));
  BOOST_TEST((classify(CURLE_GOT_NOTHING, true) == transfer_error::other));
}

BOOST_AUTO_TEST_CASE(a_server_that_does_not_speak_http_is_no_fault_of_the_url) {
  BOOST_TEST((classify(CURLE_UNSUPPORTED_PROTOCOL, true) == transfer_error::other));
}

BOOST_AUTO_TEST_SUITE_END()
