#pragma once

#include <sys/socket.h>

namespace millrace::http {

/// True if a request from a stranger may go to this address: it is routed on the public internet and not set aside for
/// anything special. False for every other address and for families other than IPv4 and IPv6. IPv4 addresses that are
/// wrapped in IPv6 (mapped, compatible, NAT64, 6to4, Teredo) are refused as a whole, except mapped ones, which are judged
/// as the IPv4 address they are, because the system connects them as that.
bool is_public_address(const sockaddr& address) noexcept;

}  // namespace millrace::http
