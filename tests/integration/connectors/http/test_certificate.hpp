#pragma once

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace millrace::test {

/// A self-signed certificate made for one test, with a server's TLS context and a PEM file for clients that trust it.
class test_certificate {
 public:
  /// `subject` is what it is valid for, e.g. "IP:127.0.0.1" or "DNS:example.org"; `max_version` e.g. TLS1_1_VERSION, 0: any.
  explicit test_certificate(const char* subject = "IP:127.0.0.1", int max_version = 0) {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    extend(certificate, NID_basic_constraints, "critical,CA:TRUE");
    extend(certificate, NID_subject_alt_name, subject);
    X509_sign(certificate, key, EVP_sha256());

    context_ = SSL_CTX_new(TLS_server_method());
    if (max_version != 0) {
      SSL_CTX_set_security_level(context_, 0);
      SSL_CTX_set_min_proto_version(context_, TLS1_VERSION);
      SSL_CTX_set_max_proto_version(context_, max_version);
    }
    SSL_CTX_use_certificate(context_, certificate);
    SSL_CTX_use_PrivateKey(context_, key);
    write_pem(certificate);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  ~test_certificate() {
    SSL_CTX_free(context_);
    unlink(file_.c_str());
  }
  test_certificate(const test_certificate&) = delete;
  test_certificate& operator=(const test_certificate&) = delete;

  SSL_CTX* context() const { return context_; }
  const std::string& file() const { return file_; }

 private:
  static void extend(X509* certificate, int nid, const char* value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  void write_pem(X509* certificate) {
    char path[] = "/tmp/millrace-test-XXXXXX";
    const int fd = mkstemp(path);
    std::FILE* out = fd < 0 ? nullptr : fdopen(fd, "w");
    if (out == nullptr) throw std::runtime_error("cannot write a temporary file");
    PEM_write_X509(out, certificate);
    std::fclose(out);
    file_ = path;
  }

  SSL_CTX* context_ = nullptr;
  std::string file_;
};

}  // namespace millrace::test
