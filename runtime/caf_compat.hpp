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
#include <caf/send.hpp>
#include <caf/spawn_options.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/system_messages.hpp>

#include <chrono>
#include <string>
#include <utility>

/// The spellings of CAF that change between 0.17 and later versions, in one place (docs/adr/0004).
/// Messages are plain structs that never leave the process, so they need no type ids and no inspection.
#define MILLRACE_LOCAL_MESSAGE(type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(type)

namespace millrace {

/// Sends `message` to the actor itself after `delay`. It cannot be taken back: carry an epoch and drop what is stale.
template <class Self, class Message>
void send_after(Self* self, std::chrono::milliseconds delay, Message message) {
  self->delayed_send(self, delay, std::move(message));
}

/// Asks an actor for its name, which CAF answers for it in its turn, and calls `done` on the thread of `self`: false if it
/// has ended or is silent for `patience`.
template <class Self, class Done>
void probe(Self* self, const caf::actor& a, std::chrono::seconds patience, Done done) {
  self->request(a, patience, caf::sys_atom_v, caf::get_atom_v, std::string{"info"})
      .then([done](caf::ok_atom, const std::string&, const caf::strong_actor_ptr&, const std::string&) { done(true); },
            [done](const caf::error&) { done(false); });
}

/// Asks an actor to end in order. `normal` would be ignored by links, so it is never used.
inline void stop_actor(const caf::actor& a) { caf::anon_send_exit(a, caf::exit_reason::user_shutdown); }

}  // namespace millrace
