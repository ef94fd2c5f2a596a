#pragma once

#include <sys/socket.h>

namespace millrace::http {

/// True if an untrusted request may go to this address: it is routed on the public internet and not reserved for a special
/// purpose. False for all other addresses and for families other than IPv4 and IPv6. IPv4 addresses embedded in IPv6
/// (compatible, NAT64, 6to4, Teredo) are refused. Mapped ones are checked as IPv4 addresses, because the system connects to
/// them as such.
bool is_public_address(const sockaddr& address) noexcept;

}  // namespace millrace::http
