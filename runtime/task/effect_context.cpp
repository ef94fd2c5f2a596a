#include "runtime/task/effect_context.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace millrace {
namespace {

template <class Client>
Client& provided(Client* client, const char* name) {
  if (client == nullptr) throw std::logic_error(std::string{"effect_context: no "} + name + " was provided");
  return *client;
}

}  // namespace

http::client& effect_context::http() const { return provided(services_.http, "HTTP client"); }

smtp::client& effect_context::mail() const { return provided(services_.mail, "mail client"); }

void effect_context::read_database(read_work work, read_done done) const {
  provided(services_.read_database ? &services_.read_database : nullptr, "database")(std::move(work), std::move(done));
}

effect_context effect_context::with_answer_listener(std::function<void(long status)> listener) const {
  auto copy = services_;
  copy.answered = [listener = std::move(listener), next = services_.answered](const std::string& type, long status) {
    listener(status);
    next(type, status);
  };
  return effect_context{std::move(copy)};
}

}  // namespace millrace
