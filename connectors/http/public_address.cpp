#include "connectors/http/public_address.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>

namespace millrace::http {
namespace {

struct range4 {
  std::uint32_t base;
  int bits;
};

constexpr std::uint32_t ip4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

// IANA's special-purpose registry for IPv4 with multicast and the reserved class E.
constexpr range4 special4[] = {
    {ip4(0, 0, 0, 0), 8},        // this network
    {ip4(10, 0, 0, 0), 8},       // private
    {ip4(100, 64, 0, 0), 10},    // carrier-grade NAT
    {ip4(127, 0, 0, 0), 8},      // loopback
    {ip4(169, 254, 0, 0), 16},   // link-local, metadata services of clouds
    {ip4(172, 16, 0, 0), 12},    // private
    {ip4(192, 0, 0, 0), 24},     // protocol assignments
    {ip4(192, 0, 2, 0), 24},     // documentation
    {ip4(192, 31, 196, 0), 24},  // AS112
    {ip4(192, 52, 193, 0), 24},  // AMT
    {ip4(192, 88, 99, 0), 24},   // 6to4 relays
    {ip4(192, 168, 0, 0), 16},   // private
    {ip4(192, 175, 48, 0), 24},  // AS112
    {ip4(198, 18, 0, 0), 15},    // benchmarks
    {ip4(198, 51, 100, 0), 24},  // documentation
    {ip4(203, 0, 113, 0), 24},   // documentation
    {ip4(224, 0, 0, 0), 4},      // multicast
    {ip4(240, 0, 0, 0), 4},      // reserved, broadcast
};

using bytes6 = std::array<std::uint8_t, 16>;

struct range6 {
  bytes6 base;
  int bits;
};

// Only 2000::/3 is allocated; these are its special-purpose blocks.
constexpr range6 global_unicast{{0x20}, 3};
constexpr range6 special6[] = {
    {{0x20, 0x01, 0x00}, 23},              // protocol assignments: Teredo, benchmarks, AMT, ORCHID
    {{0x20, 0x01, 0x0d, 0xb8}, 32},        // documentation
    {{0x20, 0x02}, 16},                    // 6to4: carries any IPv4 address
    {{0x26, 0x20, 0x00, 0x4f, 0x80}, 48},  // AS112
    {{0x3f, 0xff}, 20},                    // documentation
};
constexpr range6 mapped4{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};

constexpr bool contains(const range4& range, std::uint32_t ip) { return (ip ^ range.base) >> (32 - range.bits) == 0; }

bool contains(const range6& range, const bytes6& ip) {
  const auto whole = static_cast<std::size_t>(range.bits / 8);
  if (std::memcmp(range.base.data(), ip.data(), whole) != 0) return false;
  const int rest = range.bits % 8;
  return rest == 0 || (range.base[whole] ^ ip[whole]) >> (8 - rest) == 0;
}

bool is_public(std::uint32_t ip) {
  return std::none_of(std::begin(special4), std::end(special4), [ip](const range4& r) { return contains(r, ip); });
}

bool is_public(const bytes6& ip) {
  if (contains(mapped4, ip)) return is_public(ip4(ip[12], ip[13], ip[14], ip[15]));
  return contains(global_unicast, ip) &&
         std::none_of(std::begin(special6), std::end(special6), [&](const range6& r) { return contains(r, ip); });
}

}  // namespace

bool is_public_address(const sockaddr& address) noexcept {
  if (address.sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    return is_public(ntohl(in.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address, sizeof in);
    bytes6 ip;
    std::memcpy(ip.data(), &in.sin6_addr, sizeof ip);
    return is_public(ip);
  }
  return false;
}

}  // namespace millrace::http
