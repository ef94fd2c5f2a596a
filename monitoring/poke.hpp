#pragma once

#include <cstdint>
#include <string>

namespace millrace::monitoring {

/// Opens a TCP connection to the address (numeric, IPv6 in brackets) and closes it at once, without waiting for either.
void poke(const std::string& host, std::uint16_t port) noexcept;

}  // namespace millrace::monitoring
