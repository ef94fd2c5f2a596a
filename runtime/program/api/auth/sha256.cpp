#include "runtime/program/api/auth/sha256.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace millrace::api {

std::string sha256(std::string_view bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), out, &length, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("OpenSSL cannot compute SHA-256");
  return {reinterpret_cast<const char*>(out), length};
}

}  // namespace millrace::api
