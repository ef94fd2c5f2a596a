#include "runtime/program/api/auth/key_source.hpp"

#include "monitoring/log/log.hpp"

namespace millrace::api {

key_source::need key_source::needed(std::string_view key_id, time_point now) const {
  const std::lock_guard lock{mutex_};
  if (tried_at_ && now - *tried_at_ < min_interval) return need::nothing;
  if (!keys_ || (!key_id.empty() && !keys_->has(key_id))) return need::any_keys;
  return now - read_at_ >= lifetime ? need::fresher_keys : need::nothing;
}

tl::expected<std::shared_ptr<const key_set>, std::string> key_source::keys(std::string_view key_id, time_point now) {
  if (const auto wanted = needed(key_id, now); wanted != need::nothing) {
    std::unique_lock reading{reading_, std::defer_lock};
    if (wanted == need::any_keys)
      reading.lock();
    else
      (void)reading.try_lock();
    // Another thread may have refreshed the keys while this one waited.
    if (reading && needed(key_id, now) != need::nothing) refresh(now);
  }
  const std::lock_guard lock{mutex_};
  if (!keys_) return tl::unexpected("identity provider keys unavailable: " + error_);
  return keys_;
}

void key_source::refresh(time_point now) {
  const auto document = read_();
  auto parsed = document ? key_set::parse(*document) : tl::unexpected(document.error());
  std::uint64_t kept = 0;
  {
    const std::lock_guard lock{mutex_};
    tried_at_ = now;
    if (parsed) {
      keys_ = std::make_shared<const key_set>(*std::move(parsed));
      read_at_ = now;
      return;
    }
    error_ = parsed.error();
    if (keys_) kept = keys_->size();
  }
  monitoring::log(monitoring::level::warn, "identity provider keys not refreshed",
                  {{"error", parsed.error()}, {"keys_kept", kept}});
}

}  // namespace millrace::api
