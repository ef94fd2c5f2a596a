#include "runtime/program/api/auth/key_source.hpp"

#include "monitoring/log/log.hpp"

namespace millrace::api {

key_source::need key_source::what_for(std::string_view key_id, time_point now) const {
  const std::lock_guard lock{mutex_};
  if (tried_at_ && now - *tried_at_ < least_interval) return need::nothing;
  if (!keys_ || (!key_id.empty() && !keys_->has(key_id))) return need::any_keys;
  return now - read_at_ >= lifetime ? need::fresher_keys : need::nothing;
}

tl::expected<std::shared_ptr<const key_set>, std::string> key_source::keys(std::string_view key_id, time_point now) {
  if (const auto wanted = what_for(key_id, now); wanted != need::nothing) {
    std::unique_lock turn{reading_, std::defer_lock};
    if (wanted == need::any_keys)
      turn.lock();
    else
      (void)turn.try_lock();
    // Another thread may have read them while this one waited.
    if (turn && what_for(key_id, now) != need::nothing) read_anew(now);
  }
  const std::lock_guard lock{mutex_};
  if (!keys_) return tl::unexpected("the token issuer's keys " + trouble_);
  return keys_;
}

void key_source::read_anew(time_point now) {
  const auto document = read_();
  auto made = document ? key_set::parse(*document) : tl::unexpected(document.error());
  std::uint64_t kept = 0;
  {
    const std::lock_guard lock{mutex_};
    tried_at_ = now;
    if (made) {
      keys_ = std::make_shared<const key_set>(*std::move(made));
      read_at_ = now;
      return;
    }
    trouble_ = "cannot be read: " + made.error();
    if (keys_) kept = keys_->size();
  }
  monitoring::log(monitoring::level::warn, "the token issuer's keys cannot be read",
                  {{"error", made.error()}, {"keys_kept", kept}});
}

}  // namespace millrace::api
