#include "monitoring/http_server/certificate.hpp"

#include <cerrno>
#include <fstream>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <system_error>

namespace millrace::monitoring {
namespace {

gnutls_datum_t datum(std::string& text) {
  return {reinterpret_cast<unsigned char*>(text.data()), static_cast<unsigned>(text.size())};
}

std::string read_pem(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  if (!in) throw std::runtime_error("cannot read '" + file + "': " + std::generic_category().message(errno));
  return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}

void demand(int result, const std::string& what) {
  if (result < 0) throw std::runtime_error(what + ": " + gnutls_strerror(result));
}

void check_key(std::string& pem, const std::string& file) {
  gnutls_x509_privkey_t made = nullptr;
  demand(gnutls_x509_privkey_init(&made), "cannot check a key");
  const std::unique_ptr<gnutls_x509_privkey_int, decltype(&gnutls_x509_privkey_deinit)> key{made,
                                                                                            &gnutls_x509_privkey_deinit};
  const auto data = datum(pem);
  demand(gnutls_x509_privkey_import2(made, &data, GNUTLS_X509_FMT_PEM, nullptr, 0), "no private key in '" + file + "'");
}

void check_chain(std::string& pem, const std::string& file) {
  gnutls_x509_crt_t* chain = nullptr;
  unsigned size = 0;
  const auto data = datum(pem);
  demand(gnutls_x509_crt_list_import2(&chain, &size, &data, GNUTLS_X509_FMT_PEM, 0), "no certificate in '" + file + "'");
  for (unsigned i = 0; i < size; ++i) gnutls_x509_crt_deinit(chain[i]);
  gnutls_free(chain);
}

void check_pair(tls_identity& pair, const std::string& names) {
  gnutls_certificate_credentials_t made = nullptr;
  demand(gnutls_certificate_allocate_credentials(&made), "cannot check a certificate");
  const std::unique_ptr<gnutls_certificate_credentials_st, decltype(&gnutls_certificate_free_credentials)> held{
      made, &gnutls_certificate_free_credentials};
  const auto certificate = datum(pair.certificate), key = datum(pair.key);
  demand(gnutls_certificate_set_x509_key_mem(made, &certificate, &key, GNUTLS_X509_FMT_PEM), names);
}

}  // namespace

tls_identity read_tls_identity(const std::string& certificate_file, const std::string& key_file) {
  if (certificate_file.empty() && key_file.empty()) return {};
  tls_identity out{read_pem(certificate_file), read_pem(key_file)};
  check_chain(out.certificate, certificate_file);
  check_key(out.key, key_file);
  check_pair(out, "'" + certificate_file + "' and '" + key_file + "' do not belong together");
  return out;
}

}  // namespace millrace::monitoring
