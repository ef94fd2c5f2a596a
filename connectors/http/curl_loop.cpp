#include "connectors/http/curl_loop.hpp"

#include <uv.h>

#include <new>
#include <utility>
#include <vector>

namespace millrace::http {
namespace {

// Short enough for timeouts of seconds, long enough to cost nothing noticeable.
constexpr std::chrono::milliseconds check_interval{200};

}  // namespace

// Both outlive the curl_loop by one iteration of the loop: libuv releases a closed handle only in its close callback.
struct curl_loop::watch {
  uv_poll_t poll{};
  curl_loop* owner;
  curl_socket_t socket;
  int events = 0;  // of libuv, as libcurl wants them

  watch(curl_loop* o, curl_socket_t s) : owner(o), socket(s) { poll.data = this; }
  void start() { uv_poll_start(&poll, events, &watch::on_ready); }
  static void on_ready(uv_poll_t* poll, int status, int ready) noexcept;
  void close() {
    uv_close(reinterpret_cast<uv_handle_t*>(&poll), [](uv_handle_t* h) { delete static_cast<watch*>(h->data); });
  }
};

struct curl_loop::alarm {
  uv_timer_t timer{};
  curl_loop* owner;

  explicit alarm(curl_loop* o) : owner(o) {
    uv_timer_init(o->loop_, &timer);  // cannot fail
    timer.data = this;
  }
  void close() {
    uv_close(reinterpret_cast<uv_handle_t*>(&timer), [](uv_handle_t* h) { delete static_cast<alarm*>(h->data); });
  }
};

curl_loop::curl_loop(uv_loop_s* loop, limits bounds)
    : loop_(loop),
      bounds_(bounds),
      multi_(nullptr),
      alarm_(nullptr),
      check_timer_(nullptr),
      active_time_(2 * check_interval) {
  make_easy();  // initialises the library
  multi_ = curl_multi_init();
  if (multi_ == nullptr) throw std::bad_alloc{};
  alarm_ = new alarm{this};
  check_timer_ = new alarm{this};
  const long connections = static_cast<long>(bounds_.running);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &curl_loop::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &curl_loop::on_timeout);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, connections);
  curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections);
}

curl_loop::~curl_loop() {
  filling_ = true;  // no transfer starts from now on
  while (!running_.empty()) {
    auto last = std::move(running_.begin()->second);
    running_.erase(running_.begin());
    curl_multi_remove_handle(multi_, last.easy.get());
    last.code->refused("the client is shutting down");
  }
  for (const auto& t : std::exchange(waiting_, {})) t->refused("the client is shutting down");
  curl_multi_cleanup(multi_);
  for (const auto& [socket, w] : watches_) w->close();
  alarm_->close();
  check_timer_->close();
}

void curl_loop::start(std::unique_ptr<transfer> t) {
  if (waiting_.size() >= bounds_.waiting && running_.size() >= bounds_.running)
    return t->refused("too many requests are waiting");
  waiting_.push_back(std::move(t));
  fill();
}

void curl_loop::fill() {
  if (filling_) return;  // called from a transfer's callback; the outer call starts the new transfer
  filling_ = true;
  while (!waiting_.empty() && running_.size() < bounds_.running) {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    run(std::move(next));
  }
  filling_ = false;
}

void curl_loop::run(std::unique_ptr<transfer> t) {
  running_transfer r{std::move(t), make_easy(), {}};
  CURL* easy = r.easy.get();
  if (const CURLcode code = r.code->prepare(easy); code != CURLE_OK) return r.code->completed(easy, code);
  r.deadline = active_time_.at(resilience::active_time::clock::now()) + r.code->time_limit();
  running_.emplace(easy, std::move(r));
  if (uv_is_active(reinterpret_cast<uv_handle_t*>(&check_timer_->timer)) == 0)
    uv_timer_start(
        &check_timer_->timer, [](uv_timer_t* timer) noexcept { static_cast<alarm*>(timer->data)->owner->end_overdue(); },
        check_interval.count(), check_interval.count());
  if (curl_multi_add_handle(multi_, easy) != CURLM_OK) end(easy, CURLE_FAILED_INIT);
}

void curl_loop::end(CURL* easy, CURLcode code) {
  const auto found = running_.find(easy);
  if (found == running_.end()) return;
  auto r = std::move(found->second);
  running_.erase(found);
  r.code->completed(easy, code);
  curl_multi_remove_handle(multi_, easy);
}

void curl_loop::act(curl_socket_t socket, int events) {
  int still_running = 0;
  curl_multi_socket_action(multi_, socket, events, &still_running);
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left))
    if (message->msg == CURLMSG_DONE) end(message->easy_handle, message->data.result);
  fill();
}

// Not libcurl's timeout, which fires before reading an answer that arrived while the process was stopped.
void curl_loop::end_overdue() {
  const auto until = active_time_.update(resilience::active_time::clock::now());
  std::vector<CURL*> overdue;  // collected first, because ending one may start another
  for (const auto& [easy, r] : running_)
    if (r.deadline < until) overdue.push_back(easy);
  for (CURL* easy : overdue) end(easy, CURLE_OPERATION_TIMEDOUT);
  fill();
  if (running_.empty()) uv_timer_stop(&check_timer_->timer);
}

int curl_loop::on_timeout(CURLM*, long milliseconds, void* self) noexcept {
  auto* timer = &static_cast<curl_loop*>(self)->alarm_->timer;
  if (milliseconds < 0) {
    uv_timer_stop(timer);
    return 0;
  }
  // Never calls libcurl from here, not even for 0: it must not be entered from its own callback.
  uv_timer_start(
      timer, [](uv_timer_t* t) noexcept { static_cast<alarm*>(t->data)->owner->act(CURL_SOCKET_TIMEOUT, 0); },
      static_cast<std::uint64_t>(milliseconds), 0);
  return 0;
}

void curl_loop::watch::on_ready(uv_poll_t* poll, int status, int ready) noexcept {
  auto* w = static_cast<watch*>(poll->data);
  int flags = ((ready & UV_READABLE) != 0 ? CURL_CSELECT_IN : 0) | ((ready & UV_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0);
  if (status < 0) {
    // After a reset, an answer that arrived before it is still readable, but libuv stops polling and libcurl would give up
    // on CURL_CSELECT_ERR without reading. The socket's own error follows the answer.
    flags = CURL_CSELECT_IN | CURL_CSELECT_OUT;
    w->start();
  }
  w->owner->act(w->socket, flags);
}

int curl_loop::on_socket(CURL*, curl_socket_t socket, int what, void* self, void* watched) noexcept {
  auto& owner = *static_cast<curl_loop*>(self);
  auto* w = static_cast<watch*>(watched);
  if (what == CURL_POLL_REMOVE) {
    if (w == nullptr) return 0;
    owner.watches_.erase(socket);
    w->close();
    curl_multi_assign(owner.multi_, socket, nullptr);
    return 0;
  }
  if (w == nullptr) {
    w = new watch{&owner, socket};
    if (uv_poll_init_socket(owner.loop_, &w->poll, socket) != 0) {
      delete w;
      return -1;  // libcurl ends the transfers, as their sockets cannot be polled
    }
    owner.watches_.emplace(socket, w);
    curl_multi_assign(owner.multi_, socket, w);
  }
  w->events = ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) | ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0);
  w->start();
  return 0;
}

}  // namespace millrace::http
