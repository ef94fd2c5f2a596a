#include "tests/support/certificates.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>

namespace millrace::amqp::test {
namespace {

struct deleter {
  void operator()(X509* p) const { X509_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(std::FILE* p) const { std::fclose(p); }
};
template <class T>
using owned = std::unique_ptr<T, deleter>;

void check(bool ok) {
  if (!ok) throw std::runtime_error("cannot make a certificate");
}

void add_extension(X509* to, X509* issuer, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  auto* made = X509V3_EXT_conf_nid(nullptr, &context, id, value);
  check(made != nullptr && X509_add_ext(to, made, -1) == 1);
  X509_EXTENSION_free(made);
}

owned<X509> make(EVP_PKEY* key, const std::string& name, X509* issuer, EVP_PKEY* issuer_key, int days,
                 const std::string& alternative_names) {
  static long serial = 1;
  owned<X509> made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -10L * 86'400);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), days * 86'400L);
  X509_set_pubkey(made.get(), key);
  auto* subject = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  auto* by = issuer != nullptr ? issuer : made.get();
  X509_set_issuer_name(made.get(), X509_get_subject_name(by));
  add_extension(made.get(), by, NID_basic_constraints, issuer == nullptr ? "critical,CA:TRUE" : "CA:FALSE");
  if (!alternative_names.empty()) add_extension(made.get(), by, NID_subject_alt_name, alternative_names.c_str());
  check(X509_sign(made.get(), issuer_key, EVP_sha256()) != 0);
  return made;
}

owned<std::FILE> open(const std::string& name, const char* mode) {
  owned<std::FILE> file(std::fopen(name.c_str(), mode));
  check(file != nullptr);
  return file;
}

void save(const std::string& certificate_file, X509* certificate, const std::string& key_file, EVP_PKEY* key) {
  check(PEM_write_X509(open(certificate_file, "w").get(), certificate) == 1);
  check(PEM_write_PrivateKey(open(key_file, "w").get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
}

}  // namespace

certificates::certificates() {
  auto pattern = (std::filesystem::temp_directory_path() / "millrace-tls-XXXXXX").string();
  check(mkdtemp(pattern.data()) != nullptr);
  directory_ = pattern;
  owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
  auto ca = make(key.get(), std::filesystem::path(directory_).filename(), nullptr, key.get(), 1, "");
  save(ca_file(), ca.get(), directory_ + "/ca.key", key.get());
}

certificates::~certificates() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

certificates::pair certificates::issue(const std::string& name, const std::string& alternative_names, int valid_days) const {
  owned<X509> ca(PEM_read_X509(open(ca_file(), "r").get(), nullptr, nullptr, nullptr));
  owned<EVP_PKEY> ca_key(PEM_read_PrivateKey(open(directory_ + "/ca.key", "r").get(), nullptr, nullptr, nullptr));
  check(ca && ca_key);
  owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
  auto made = make(key.get(), name, ca.get(), ca_key.get(), valid_days, alternative_names);
  pair files{directory_ + "/" + name + ".pem", directory_ + "/" + name + ".key"};
  save(files.certificate, made.get(), files.key, key.get());
  return files;
}

}  // namespace millrace::amqp::test
