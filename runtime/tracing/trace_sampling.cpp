#include "runtime/tracing/trace_sampling.hpp"

#include <algorithm>
#include <chrono>

namespace millrace::tracing {
namespace {

/// FNV-1a: consecutive ids must be distributed evenly.
std::uint64_t spread(const uuid& id) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const auto byte : id.bytes) hash = (hash ^ byte) * 0x100000001b3ULL;
  return hash ^ (hash >> 32);
}

}  // namespace

std::optional<trace_context> trace_of(std::string_view traceparent, std::string_view tenant, const uuid& id,
                                      std::uint32_t percent) {
  if (const auto given = parse_traceparent(traceparent)) return given->sampled() ? given : std::nullopt;
  if (spread(id) % 100 >= percent) return std::nullopt;
  return trace_context{.trace = uuid::v5(id, {"trace ", tenant}).bytes, .parent = {}, .flags = 1};
}

span_id span_of(std::string_view tenant, const uuid& id, std::uint32_t generation, std::string_view step) {
  const auto name = uuid::v5(id, {tenant, " ", std::to_string(generation), " ", step});
  span_id out;
  std::copy_n(name.bytes.begin(), out.size(), out.begin());  // contains the version, so never all zero
  return out;
}

span_id new_span_id() {
  const auto random = uuid::v7(std::chrono::system_clock::now());
  span_id out;
  std::copy_n(random.bytes.end() - 8, out.size(), out.begin());  // contains the variant, so never all zero
  return out;
}

}  // namespace millrace::tracing
