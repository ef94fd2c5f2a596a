#include "connectors/amqp/net/tls_session.hpp"

#include <climits>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace millrace::amqp {
namespace {

struct deleter {
  void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
  void operator()(SSL* p) const { SSL_free(p); }
  void operator()(ASN1_OCTET_STRING* p) const { ASN1_OCTET_STRING_free(p); }
};
using context_ptr = std::unique_ptr<SSL_CTX, deleter>;

/// Message of the first error in OpenSSL's queue; clears the queue, which is shared by all sessions of a thread.
std::string openssl_words() {
  auto code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "the peer closed it";
  if (const char* reason = ERR_reason_error_string(code)) return reason;
  char text[128];
  ERR_error_string_n(code, text, sizeof text);
  return text;
}

tl::unexpected<std::string> failed(const std::string& what) {
  return tl::unexpected("TLS: " + what + ": " + openssl_words());
}

tl::expected<void, std::string> load_files(SSL_CTX* context, const tls_options& options) {
  if (options.ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1) return failed("cannot read the system's trust store");
  } else if (SSL_CTX_load_verify_locations(context, options.ca_file.c_str(), nullptr) != 1) {
    return failed("cannot read the CA file " + options.ca_file);
  }
  if (options.certificate_file.empty()) return {};
  if (SSL_CTX_use_certificate_chain_file(context, options.certificate_file.c_str()) != 1)
    return failed("cannot read the certificate file " + options.certificate_file);
  if (SSL_CTX_use_PrivateKey_file(context, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return failed("cannot read the key file " + options.key_file);
  if (SSL_CTX_check_private_key(context) != 1)
    return failed("the key " + options.key_file + " does not belong to the certificate " + options.certificate_file);
  return {};
}

/// A key file with a pass phrase must fail instead of prompting on the terminal.
int no_pass_phrase(char*, int, int, void*) { return 0; }

bool expect_host(SSL* ssl, const std::string& host) {
  if (std::unique_ptr<ASN1_OCTET_STRING, deleter> address{a2i_IPADDRESS(host.c_str())}; address)
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  ERR_clear_error();
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(ssl, host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

}  // namespace

struct tls_session::state {
  context_ptr context;
  std::unique_ptr<SSL, deleter> ssl;
  BIO* in = nullptr;   ///< ciphertext to decrypt; owned by ssl
  BIO* out = nullptr;  ///< ciphertext to send; owned by ssl

  std::string verdict() const {
    auto verified = SSL_get_verify_result(ssl.get());
    if (verified == X509_V_OK) return openssl_words();
    ERR_clear_error();
    return std::string("the broker's certificate is not trusted: ") + X509_verify_cert_error_string(verified);
  }
};

tls_session::tls_session(std::unique_ptr<state> made) : state_(std::move(made)) {}
tls_session::tls_session(tls_session&&) noexcept = default;
tls_session& tls_session::operator=(tls_session&&) noexcept = default;
tls_session::~tls_session() = default;

tl::expected<tls_session, std::string> tls_session::create(const tls_options& options, const std::string& host) {
  ERR_clear_error();
  auto made = std::make_unique<state>();
  made->context.reset(SSL_CTX_new(TLS_client_method()));
  auto* context = made->context.get();
  if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) return failed("cannot begin");
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_default_passwd_cb(context, no_pass_phrase);
  if (auto loaded = load_files(context, options); !loaded) return tl::unexpected(loaded.error());
  made->ssl.reset(SSL_new(context));
  made->in = BIO_new(BIO_s_mem());
  made->out = BIO_new(BIO_s_mem());
  if (!made->ssl || made->in == nullptr || made->out == nullptr) return failed("cannot begin");
  SSL_set_bio(made->ssl.get(), made->in, made->out);
  if (!expect_host(made->ssl.get(), host)) return failed("'" + host + "' is not a name to verify");
  SSL_set_connect_state(made->ssl.get());
  return tls_session(std::move(made));
}

tl::expected<tls_session::progress, std::string> tls_session::handshake() {
  ERR_clear_error();
  int done = SSL_do_handshake(state_->ssl.get());
  if (done == 1) return progress::done;
  if (SSL_get_error(state_->ssl.get(), done) == SSL_ERROR_WANT_READ) return progress::pending;
  return tl::unexpected("TLS handshake failed: " + state_->verdict());
}

bool tls_session::receive(std::string_view ciphertext) {
  auto size = static_cast<int>(ciphertext.size());
  return ciphertext.size() <= INT_MAX && BIO_write(state_->in, ciphertext.data(), size) == size;
}

tl::expected<std::size_t, std::string> tls_session::read(std::span<char> to) {
  ERR_clear_error();
  std::size_t count = 0;
  int done = SSL_read_ex(state_->ssl.get(), to.data(), to.size(), &count);
  if (done == 1) return count;
  switch (SSL_get_error(state_->ssl.get(), done)) {
    case SSL_ERROR_WANT_READ:
      return 0;
    case SSL_ERROR_ZERO_RETURN:
      return tl::unexpected(std::string("the broker ended the TLS session"));
    default:
      return tl::unexpected("TLS session failed: " + state_->verdict());
  }
}

bool tls_session::write(std::string_view plaintext) {
  ERR_clear_error();
  std::size_t count = 0;
  return plaintext.empty() || SSL_write_ex(state_->ssl.get(), plaintext.data(), plaintext.size(), &count) == 1;
}

void tls_session::take_output(std::string& to) {
  char* data = nullptr;
  long size = BIO_get_mem_data(state_->out, &data);
  if (size <= 0) return;
  to.append(data, static_cast<std::size_t>(size));
  BIO_reset(state_->out);
}

void tls_session::shut_down() {
  ERR_clear_error();
  SSL_shutdown(state_->ssl.get());
  ERR_clear_error();
}

}  // namespace millrace::amqp
