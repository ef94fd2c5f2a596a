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

/// Threads, because libcurl's SMTP blocks where it must not on a loop that others share: after the final dot and at QUIT.
class curl_client : public client {
 public:
  curl_client(http::poster post, client_options options) : options_(std::move(options)), post_(std::move(post)) {}

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
    ended_->drain();
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
    finish(std::move(done), tl::unexpected(temporary("too many messages are waiting")));
  }

 private:
  using result = tl::expected<receipt, failure>;
  struct order {
    message what;
    callback done;
  };
  // What is to be told on the loop's thread; outlives the client only in the weak pointers of posted jobs.
  struct results {
    std::mutex mutex;
    std::deque<std::pair<callback, result>> list;  // guarded by mutex; at most one for every order taken

    bool add(callback done, result r) {
      const std::lock_guard lock{mutex};
      list.emplace_back(std::move(done), std::move(r));
      return list.size() == 1;
    }
    void drain() {
      std::deque<std::pair<callback, result>> taken;
      {
        const std::lock_guard lock{mutex};
        taken.swap(list);
      }
      for (auto& [done, r] : taken) done(std::move(r));
    }
  };

  void work(session& s) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are the main thread's; SIGPIPE is nobody's
    while (auto o = next()) finish(std::move(o->done), submit(s, o->what));
  }

  static result submit(session& s, const message& m) {
    try {
      return s.submit(m);
    } catch (const std::exception& e) {  // out of memory, which may pass
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

  void finish(callback done, result r) {
    if (!ended_->add(std::move(done), std::move(r))) return;  // a job is on its way
    post_([weak = std::weak_ptr{ended_}] {
      if (const auto ended = weak.lock()) ended->drain();
    });
  }

  const client_options options_;
  const http::poster post_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<order> waiting_;  // guarded by mutex_
  bool stopping_ = false;      // guarded by mutex_
  std::shared_ptr<results> ended_ = std::make_shared<results>();
  std::vector<std::unique_ptr<session>> sessions_;
  std::vector<std::thread> threads_;
};

}  // namespace

std::unique_ptr<client> make_client(uv_loop_s*, http::poster post, client_options options) {
  auto made = std::make_unique<curl_client>(std::move(post), std::move(options));
  made->start();
  return made;
}

}  // namespace millrace::smtp
