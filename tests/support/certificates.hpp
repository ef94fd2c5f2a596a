#pragma once

#include <string>

namespace millrace::amqp::test {

/// A certificate authority and the certificates it has signed, as PEM files in a directory that lives as long as this
/// object.
class certificates {
 public:
  certificates();
  ~certificates();
  certificates(const certificates&) = delete;
  certificates& operator=(const certificates&) = delete;

  struct pair {
    std::string certificate, key;  ///< file names
  };
  std::string ca_file() const { return directory_ + "/ca.pem"; }
  /// `alternative_names` in OpenSSL's notation: "DNS:localhost,IP:127.0.0.1". A negative number of days yields an expired
  /// certificate.
  pair issue(const std::string& name, const std::string& alternative_names, int valid_days = 1) const;

 private:
  std::string directory_;
};

}  // namespace millrace::amqp::test
