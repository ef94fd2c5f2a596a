#pragma once

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/message.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/send.hpp>
#include <caf/spawn_options.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/system_messages.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

/// The parts of CAF's API that change between 0.17 and later versions (docs/adr/0004). Messages are plain structs that never
/// leave the process, so they need no type ids and no inspection.
#define MILLRACE_LOCAL_MESSAGE(type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(type)

namespace millrace::supervision {
/// Any actor -> an actor made by `probed`: asks for the number of messages in its mailbox. Answered with a `std::uint64_t`.
struct count_mailbox {};
}  // namespace millrace::supervision

MILLRACE_LOCAL_MESSAGE(millrace::supervision::count_mailbox)

namespace millrace::supervision {

/// Sends `message` to the actor itself after `delay`. It cannot be cancelled: include an epoch and ignore stale messages.
template <class Self, class Message>
void send_after(Self* self, std::chrono::milliseconds delay, Message message) {
  self->delayed_send(self, delay, std::move(message));
}

/// Asks an actor made by `probed` how many messages are queued behind this one. Calls `done` on the thread of `self` with a
/// `std::optional<std::uint64_t>`: nullopt if the actor has ended or does not answer within `patience`.
template <class Self, class Done>
void probe(Self* self, const caf::actor& a, std::chrono::seconds patience, Done done) {
  self->request(a, patience, count_mailbox{})
      .then([done](std::uint64_t waiting) { done(std::optional{waiting}); },
            [done](const caf::error&) { done(std::optional<std::uint64_t>{}); });
}

/// Wraps an actor's function, to be spawned in its place: the actor then also answers `probe`, in mailbox order. Only an
/// actor itself can count its mailbox. Other messages are not slowed down.
template <class Self, class... Args>
auto probed(caf::behavior (*function)(Self*, Args...)) {
  return [function](Self* self, Args... args) {
    self->set_default_handler([](caf::scheduled_actor* a, caf::message_view& m) -> caf::result<caf::message> {
      if (!m.content().template match_elements<count_mailbox>()) return caf::print_and_drop(a, m);
      return caf::make_message(static_cast<std::uint64_t>(a->mailbox().size()));
    });
    return function(self, std::move(args)...);
  };
}

/// Asks an actor to shut down. Never uses the reason `normal`, which links ignore.
inline void stop_actor(const caf::actor& a) { caf::anon_send_exit(a, caf::exit_reason::user_shutdown); }

}  // namespace millrace::supervision
