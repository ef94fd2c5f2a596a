#include "tests/chaos/proxy/fault_proxy.hpp"

#include "runtime/supervision/event_loop.hpp"
#include "tests/chaos/proxy/amqp_conversation.hpp"
#include "tests/chaos/proxy/postgres_conversation.hpp"
#include "tests/chaos/proxy/relay.hpp"

#include <cstdio>
#include <future>
#include <map>
#include <stdexcept>

namespace millrace::test {

struct fault_proxy::state {
  std::uint16_t server_port;
  protocol spoken;
  std::minstd_rand random;
  std::uint16_t port = 0;
  amqp_triggers amqp;
  postgres_triggers postgres;
  lane_faults to_server, to_client;
  std::map<relay*, std::unique_ptr<relay>> relays;
  numbers total;
  std::unique_ptr<uv_tcp_t> listener;  // null while connections are refused
  std::function<void()> when_empty;
  supervision::event_loop loop;

  state(std::uint16_t server, protocol p, std::uint64_t seed)
      : server_port(server), spoken(p), random(static_cast<std::minstd_rand::result_type>(seed)) {}

  int listen();
  void deafen();
  void accept();
  void gone(relay* r);
  std::unique_ptr<conversation> new_conversation();
  template <class Job>
  void each(Job job) {
    for (auto& [address, r] : relays) job(*r);
  }
};

std::unique_ptr<conversation> fault_proxy::state::new_conversation() {
  switch (spoken) {
    case protocol::amqp:
      return std::make_unique<amqp_conversation>(amqp);
    case protocol::postgres:
      return std::make_unique<postgres_conversation>(postgres);
    case protocol::plain:
      break;
  }
  return std::make_unique<plain_conversation>();
}

int fault_proxy::state::listen() {
  if (listener) return 0;
  listener = std::make_unique<uv_tcp_t>();
  uv_tcp_init(loop.uv(), listener.get());
  listener->data = this;
  sockaddr_in address{};
  uv_ip4_addr("127.0.0.1", port, &address);
  int failed = uv_tcp_bind(listener.get(), reinterpret_cast<sockaddr*>(&address), 0);
  auto on_client = [](uv_stream_t* l, int status) {
    if (status == 0) static_cast<state*>(l->data)->accept();
  };
  if (failed == 0) failed = uv_listen(reinterpret_cast<uv_stream_t*>(listener.get()), 128, on_client);
  if (failed != 0) {
    deafen();
    return failed;
  }
  int size = sizeof address;
  uv_tcp_getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return 0;
}

void fault_proxy::state::deafen() {
  if (!listener) return;
  uv_close(reinterpret_cast<uv_handle_t*>(listener.release()),
           [](uv_handle_t* h) { delete reinterpret_cast<uv_tcp_t*>(h); });
}

void fault_proxy::state::accept() {
  auto made = std::make_unique<relay>(loop.uv(), random, new_conversation(), [this](relay* r) { gone(r); });
  auto& r = *made;
  relays.emplace(&r, std::move(made));
  ++total.accepted;
  r.to(direction::to_server).set(to_server);
  r.to(direction::to_client).set(to_client);
  r.start(reinterpret_cast<uv_stream_t*>(listener.get()), server_port);
}

void fault_proxy::state::gone(relay* r) {
  total.to_server += r->to(direction::to_server).forwarded();
  total.to_client += r->to(direction::to_client).forwarded();
  relays.erase(r);
  if (relays.empty() && when_empty) when_empty();
}

fault_proxy::fault_proxy(std::uint16_t server_port, protocol spoken, std::uint64_t seed)
    : state_(std::make_unique<state>(server_port, spoken, seed)) {
  int failed = 0;
  state_->loop.run_and_wait([&] { failed = state_->listen(); });
  if (failed != 0) throw std::runtime_error(std::string{"fault proxy: cannot listen: "} + uv_strerror(failed));
  std::fprintf(stderr, "fault proxy on port %u, seed %llu\n", port(), static_cast<unsigned long long>(seed));
}

fault_proxy::~fault_proxy() {
  std::promise<void> empty;
  state_->loop.post([&] {
    state_->deafen();
    if (state_->relays.empty()) return empty.set_value();
    state_->when_empty = [&] { empty.set_value(); };
    state_->each([](relay& r) { r.close(true); });
  });
  empty.get_future().wait();
}

std::uint64_t fault_proxy::random_seed() { return std::random_device{}(); }
std::uint16_t fault_proxy::port() const noexcept { return state_->port; }

std::string fault_proxy::in_front_of(const std::string& url) const {
  auto host = url.find('@');
  auto colon = url.find(':', host == std::string::npos ? url.find("://") + 3 : host);
  auto end = url.find_first_of("/?", colon);
  if (colon == std::string::npos) throw std::invalid_argument("fault proxy: no port in the URL");
  return url.substr(0, colon + 1) + std::to_string(port()) + (end == std::string::npos ? "" : url.substr(end));
}

void fault_proxy::set(direction d, const lane_faults& faults) {
  state_->loop.run_and_wait([&] {
    (d == direction::to_server ? state_->to_server : state_->to_client) = faults;
    state_->each([&](relay& r) { r.to(d).set(faults); });
  });
}

void fault_proxy::set(const lane_faults& faults) {
  set(direction::to_server, faults);
  set(direction::to_client, faults);
}

void fault_proxy::refuse(bool on) {
  int failed = 0;
  state_->loop.run_and_wait([&] { on ? state_->deafen() : void(failed = state_->listen()); });
  if (failed != 0) throw std::runtime_error(std::string{"fault proxy: cannot listen again: "} + uv_strerror(failed));
}

void fault_proxy::reset_all() {
  state_->loop.run_and_wait([&] { state_->each([](relay& r) { r.close(true); }); });
}

void fault_proxy::half_close_all(direction d) {
  state_->loop.run_and_wait([&] { state_->each([d](relay& r) { r.to(d).finish(); }); });
}

void fault_proxy::cut_after_client_ack(unsigned nth, bool every) {
  state_->loop.run_and_wait([&] { state_->amqp.client_ack.arm(nth, every); });
}

void fault_proxy::cut_before_client_ack(unsigned nth, bool every) {
  state_->loop.run_and_wait([&] { state_->amqp.lost_client_ack.arm(nth, every); });
}

void fault_proxy::hold_confirms(bool on) {
  state_->loop.run_and_wait([&] {
    state_->amqp.hold_confirms = on;
    state_->each([](relay& r) { r.release(); });
  });
}

void fault_proxy::lose_commit_reply(unsigned nth, bool every) {
  state_->loop.run_and_wait([&] { state_->postgres.lost_commit_reply.arm(nth, every); });
}

void fault_proxy::heal() {
  cut_after_client_ack(0);
  cut_before_client_ack(0);
  lose_commit_reply(0);
  hold_confirms(false);
  set({});
  refuse(false);
}

fault_proxy::numbers fault_proxy::seen() const {
  numbers n;
  state_->loop.run_and_wait([&] {
    n = state_->total;
    n.open = static_cast<unsigned>(state_->relays.size());
    state_->each([&](relay& r) {
      n.to_server += r.to(direction::to_server).forwarded();
      n.to_client += r.to(direction::to_client).forwarded();
    });
    n.cuts =
        state_->amqp.client_ack.hits() + state_->amqp.lost_client_ack.hits() + state_->postgres.lost_commit_reply.hits();
  });
  return n;
}

}  // namespace millrace::test
