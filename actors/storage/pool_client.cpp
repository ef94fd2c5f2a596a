#include "actors/storage/pool_client.hpp"

namespace millrace::actors {

using namespace std::chrono_literals;

pool_client::pool_client(caf::event_based_actor* self, node_ptr shared, std::string pool)
    : self_(self), shared_(std::move(shared)), name_("postgres pool " + std::move(pool)) {}

void pool_client::submit(unit_work work, done when_done) {
  open_.emplace(next_++, entry{std::move(work), std::move(when_done)});
  if (pool_) return send_all();
  on_retry();
}

void pool_client::on_done(unit_done& answer) {
  auto it = open_.find(answer.sequence);
  if (it == open_.end()) return;  // answered already: the unit was submitted twice around a restart of the pool
  auto when_done = std::move(it->second.when_done);
  open_.erase(it);
  when_done(std::move(answer.result));
}

bool pool_client::on_down(const caf::down_msg& down) {
  if (!pool_ || down.source != pool_.address()) return false;
  pool_ = nullptr;
  for (auto& [sequence, e] : open_) e.sent = false;
  supervision::send_after(self_, 20ms,
                          retry_message{});  // the directory may hold the dead pool until its supervisor has restarted it
  return true;
}

void pool_client::on_retry() {
  if (pool_) return;
  pool_ = shared_->directory.find(name_);
  if (!pool_) return supervision::send_after(self_, 20ms, retry_message{});
  self_->monitor(pool_);
  send_all();
}

void pool_client::fail_all(const postgres::failure& why) {
  for (auto& [sequence, e] : std::exchange(open_, {})) e.when_done(tl::unexpected(why));
}

void pool_client::send_all() {
  for (auto& [sequence, e] : open_) {
    if (e.sent) continue;
    e.sent = true;
    self_->send(pool_, run_unit{sequence, e.work, caf::actor_cast<caf::actor>(self_)});
  }
}

}  // namespace millrace::actors
