#include "connectors/amqp/client_impl.hpp"

#include <atomic>
#include <unistd.h>

namespace millrace::amqp {
namespace {

/// `up` waits this long for declarations. A queue without a majority must not hold up the rest.
constexpr std::chrono::milliseconds declare_patience{3'000};
/// A connection that lasted this long resets the back-off.
constexpr std::uint64_t steady_ns = 5'000'000'000;

/// Unique in the process. A settlement that names an epoch of an earlier connection must never match a later one.
channel_epoch next_epoch() {
  static std::atomic<std::uint64_t> last{0};
  return channel_epoch{++last};
}

/// Seeds jitter only, so that processes started together differ; std::random_device may throw.
std::uint64_t jitter_seed(const void* salt) {
  return uv_hrtime() ^ static_cast<std::uint64_t>(getpid()) << 32 ^ reinterpret_cast<std::uintptr_t>(salt);
}

}  // namespace

client::impl::impl(uv_loop_t* loop, client_options options, topology declare, client_events events)
    : options_(std::move(options)),
      topology_(std::move(declare)),
      events_(std::move(events)),
      handles_(loop),
      random_(jitter_seed(this)),
      backoff_(options_.reconnect_min, options_.reconnect_max, random_()) {}

void client::impl::start() {
  if (started_ || stopping_) return;
  started_ = true;
  connect_timer_ = std::make_unique<timer>(handles_, [this] { connect(); });
  declare_timer_ = std::make_unique<timer>(handles_, [this] {
    declarations_->allow_bindings();
    declared_ = true;
    part_ready();
  });
  open_timer_ = std::make_unique<timer>(handles_, [this] {
    if (connection_)
      connection_->abort("no channel was opened within " + std::to_string(options_.answer_timeout.count()) + " ms");
  });
  declarations_hooks hooks{[this] {
                             declared_ = true;
                             part_ready();
                           },
                           [this](const declaration_result& result) { declaration_changed(result); },
                           [this](const std::string& queue) { queue_exists(queue); }, events_.declared};
  declarations_ = std::make_unique<declarations>(handles_, options_, topology_, std::move(hooks), random_);
  publishers_ = std::make_unique<publishers>(
      handles_, options_, topology_, *declarations_,
      [this] {
        publisher_ready_ = true;
        open_timer_->stop();
        part_ready();
      },
      random_);
  if (!options_.hosts.empty()) host_ = random_() % options_.hosts.size();
  connect_timer_->start(std::chrono::milliseconds(0));
}

void client::impl::connect() {
  if (stopping_) return;
  if (options_.hosts.empty()) return ended("no host is configured");
  connection_events to{[this] { opened(); }, [this](const std::string& why) { ended(why); },
                       [this](bool blocked, const std::string& why) { set_blocked(blocked, why); }};
  connection_ = std::make_unique<connection>(handles_, options_, options_.hosts[host_], counter_, std::move(to));
  connection_->open();
}

void client::impl::opened() {
  declare_timer_->start(declare_patience);
  open_timer_->start(options_.answer_timeout);
  declared_ = publisher_ready_ = false;
  declarations_->open(*connection_);
  if (!usable()) return;
  publishers_->open(*connection_, options_.hosts[host_].user);
  for (auto& each : consumers())
    if (usable() && declarations_->find(each->queue()) == nullptr) each->open(*connection_);
}

void client::impl::part_ready() {
  if (!declared_ || !publisher_ready_ || up_ || stopping_) return;
  declare_timer_->stop();
  up_ = true;
  up_since_ = uv_hrtime();
  if (events_.up) events_.up();
}

void client::impl::queue_exists(const std::string& queue) {
  for (auto& each : consumers())
    if (usable() && each->queue() == queue) each->open(*connection_);
}

void client::impl::declaration_changed(const declaration_result& result) {
  if (stopping_) return;
  if (events_.declaration) events_.declaration(result);
  if (!result.is_queue || result.problem.empty()) return;
  for (auto& each : consumers())
    if (each->queue() == result.name) each->unavailable(result.problem);
}

void client::impl::ended(const std::string& why) {
  declare_timer_->stop();
  open_timer_->stop();
  declarations_->quit();
  publishers_->abandon(why);
  if (stopping_) return stop_timer_->start(std::chrono::milliseconds(0));
  if (up_ && uv_hrtime() - up_since_ > steady_ns) backoff_.reset();
  up_ = false;
  if (!options_.hosts.empty()) host_ = (host_ + 1) % options_.hosts.size();
  auto next = backoff_.next();
  connect_timer_->start(next);
  set_blocked(false, "connection lost");
  if (events_.down) events_.down(why, next);
}

void client::impl::set_blocked(bool blocked, const std::string& why) {
  if (blocked_ == blocked) return;
  blocked_ = blocked;
  if (events_.blocked) events_.blocked(blocked, why);
}

subscription_id client::impl::subscribe(subscription_options options, subscription_events events) {
  subscription_id id{++last_subscription_};
  consumer_hooks hooks{next_epoch, [this, id](bool missing) { serve(id, missing); }};
  auto made = std::make_shared<consumer_channel>(handles_, options_, std::move(options), std::move(events), std::move(hooks),
                                                 random_());
  consumers_.emplace(id, made);
  serve(*made, false);
  return id;
}

void client::impl::serve(subscription_id id, bool declare_first) {
  if (auto found = consumer(id)) serve(*found, declare_first);
}

/// Opens the consumer's channel, now or once its queue is declared.
void client::impl::serve(consumer_channel& which, bool declare_first) {
  if (!usable()) return;
  auto* queue = declarations_->find(which.queue());
  if (queue == nullptr || (queue->exists() && !declare_first)) return which.open(*connection_);
  if (declare_first) return declarations_->again(which.queue(), *connection_);
  if (queue->answered()) which.unavailable(queue->result().problem);
}

void client::impl::unsubscribe(subscription_id id) {
  auto found = consumers_.extract(id);
  if (!found.empty()) found.mapped()->quit();
}

std::shared_ptr<consumer_channel> client::impl::consumer(subscription_id id) const {
  auto found = consumers_.find(id);
  return found == consumers_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<consumer_channel>> client::impl::consumers() const {
  std::vector<std::shared_ptr<consumer_channel>> all;
  for (auto& [id, each] : consumers_) all.push_back(each);
  return all;
}

std::size_t client::impl::publish_capacity() const { return up_ && !blocked_ && !stopping_ ? publishers_->capacity() : 0; }

bool client::impl::publish(const outgoing& message, confirm_callback done) {
  return publish_capacity() > 0 && publishers_->publish(message, std::move(done));
}

void client::impl::stop(std::chrono::milliseconds grace, std::function<void()> stopped) {
  if (stopping_) return;
  stopping_ = true;
  stopped_ = std::move(stopped);
  up_ = false;
  if (connect_timer_) connect_timer_->stop();
  if (declarations_) declarations_->quit();
  if (publishers_) publishers_->abandon("stopping");
  for (auto& each : consumers()) each->quit();
  stop_timer_ = std::make_unique<timer>(handles_, [this] { tear_down(); });
  bool open = connection_ && connection_->is_open();
  stop_timer_->start(open ? grace : std::chrono::milliseconds(0));
  if (open) connection_->close();
}

void client::impl::tear_down() {
  // Objects that others point to come first. The timer that called us is released last and stays alive in its handle.
  if (connection_) connection_->abort("stopped");
  stop_timer_->stop();
  connection_.reset();
  consumers_.clear();
  connect_timer_.reset();
  declare_timer_.reset();
  open_timer_.reset();
  publishers_.reset();
  declarations_.reset();
  auto last = std::move(stop_timer_);
  handles_.when_all_closed(std::exchange(stopped_, nullptr));
}

}  // namespace millrace::amqp
