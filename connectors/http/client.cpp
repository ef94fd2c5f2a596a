#include "connectors/http/client.hpp"

#include "connectors/http/curl_loop.hpp"
#include "connectors/http/exchange.hpp"
#include "connectors/http/request_check.hpp"

#include <utility>

namespace millrace::http {
namespace {

class curl_client : public client {
 public:
  curl_client(uv_loop_s* loop, poster post, client_options options)
      : post_(std::move(post)), core_(std::make_shared<core>(loop, std::move(options))) {}

  void send(request r, callback done) override {
    // The job may run after this client is destroyed; it then answers that the client is shutting down.
    post_([weak = std::weak_ptr{core_}, held = std::make_shared<order>(std::move(r), std::move(done))]() noexcept {
      if (const auto c = weak.lock()) return c->start(*held);
      held->done(tl::unexpected(failure{transfer_error::other, "the client is shutting down"}));
    });
  }

 private:
  struct order {
    order(request r, callback d) : what(std::move(r)), done(std::move(d)) {}
    request what;
    callback done;
  };

  // State that is used only on the loop's thread.
  struct core {
    core(uv_loop_s* loop, client_options o) : options(std::move(o)), transfers(loop, {.running = options.connections}) {}

    void start(order& o) {
      if (auto problem = check_request(o.what, options.allow_http)) return o.done(tl::unexpected(*std::move(problem)));
      transfers.start(std::make_unique<exchange>(options, std::move(o.what), std::move(o.done)));
    }

    client_options options;  // outlives the transfers
    curl_loop transfers;
  };

  poster post_;
  std::shared_ptr<core> core_;  // jobs have weak pointers only, so it is destroyed with the client
};

}  // namespace

std::unique_ptr<client> make_client(uv_loop_s* loop, poster post, client_options options) {
  return std::make_unique<curl_client>(loop, std::move(post), std::move(options));
}

}  // namespace millrace::http
