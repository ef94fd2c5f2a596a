#include "connectors/http/transfer_failure.hpp"

namespace millrace::http {

transfer_error classify(CURLcode code, bool connected) noexcept {
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:  // of the URL, or the server's protocol is not HTTP
      return connected ? transfer_error::other : transfer_error::bad_url;
    case CURLE_URL_MALFORMAT:
      return transfer_error::bad_url;
    case CURLE_COULDNT_RESOLVE_HOST:
      return transfer_error::resolve;
    case CURLE_COULDNT_CONNECT:
      return transfer_error::connect;
    case CURLE_OPERATION_TIMEDOUT:
      return connected ? transfer_error::timeout : transfer_error::connect;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_USE_SSL_FAILED:
      return transfer_error::tls;
    default:
      return transfer_error::other;
  }
}

}  // namespace millrace::http
