#include "connectors/smtp/client.hpp"

#include "connectors/smtp/session.hpp"

#include <condition_variable>
#include <csignal>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

namespace millrace::smtp {
namespace {

constexpr std::size_t max_waiting = 1'000;

failure temporary(const char* why) { return {false, 0, why}; }

/// Uses threads, because libcurl's SMTP blocks after the final dot and at QUIT, which a shared loop must not do.
class curl_client : public client {
 public:
  explicit curl_client(client_options options) : options_(std::move(options)) {}

  void start() {
    for (std::uint32_t i = 0; i < options_.connections; ++i) {
      sessions_.push_back(std::make_unique<session>(options_));
      threads_.emplace_back([this, &s = *sessions_.back()] { work(s); });
    }
  }

  ~curl_client() override {
    {
      const std::lock_guard lock{mutex_};
      stopping_ = true;
    }
    wake_.notify_all();
    for (const auto& s : sessions_) s->stop();
    for (auto& t : threads_) t.join();
    for (const auto& o : waiting_) o.done(tl::unexpected(temporary("the client is shutting down")));
  }

  void send(message m, callback done) override {
    {
      const std::lock_guard lock{mutex_};
      if (waiting_.size() < max_waiting) {
        waiting_.push_back({std::move(m), std::move(done)});
        wake_.notify_one();
        return;
      }
    }
    done(tl::unexpected(temporary("too many messages are waiting")));
  }

 private:
  struct order {
    message what;
    callback done;
  };

  void work(session& s) {
    sigset_t others;
    sigfillset(&others);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT})
      sigdelset(&others, fault);                   // raised by this thread itself
    pthread_sigmask(SIG_BLOCK, &others, nullptr);  // the main thread handles the rest; SIGPIPE stays blocked
    while (auto o = next()) o->done(submit(s, o->what));
  }

  static tl::expected<receipt, failure> submit(session& s, const message& m) {
    try {
      return s.submit(m);
    } catch (const std::exception& e) {  // out of memory, which is temporary
      return tl::unexpected(temporary(e.what()));
    }
  }

  std::optional<order> next() {
    std::unique_lock lock{mutex_};
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return {};
    order o = std::move(waiting_.front());
    waiting_.pop_front();
    return o;
  }

  const client_options options_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<order> waiting_;  // guarded by mutex_
  bool stopping_ = false;      // guarded by mutex_
  std::vector<std::unique_ptr<session>> sessions_;
  std::vector<std::thread> threads_;
};

}  // namespace

std::unique_ptr<client> make_client(client_options options) {
  auto made = std::make_unique<curl_client>(std::move(options));
  made->start();
  return made;
}

}  // namespace millrace::smtp
