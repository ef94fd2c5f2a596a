#include "runtime/supervision/supervisor.hpp"

#include "runtime/task/jitter.hpp"

#include <caf/error.hpp>

#include <algorithm>
#include <exception>

namespace millrace::supervision {
namespace {

struct restart_due {
  std::uint64_t epoch;
};
struct grace_over {
  std::uint64_t epoch;
};

using actor_self = caf::stateful_actor<supervisor_state>*;
using child = supervisor_state::child;

void stop_all(const std::vector<caf::actor>& children) {
  for (auto& c : children)
    if (c) stop_actor(c);
}

void stop_all_then_quit(actor_self self, caf::error reason);
void child_failed(actor_self self, std::size_t index, const std::string& reason);

void start_child(actor_self self, std::size_t index) {
  auto& c = self->state.children[index];
  c.restart = false;
  try {
    (*self->state.handles)[index] = c.spec.start(self);
  } catch (const std::exception& e) {
    return child_failed(self, index, e.what());
  }
  auto& handle = (*self->state.handles)[index];
  c.address = handle.address();
  c.alive = true;
  self->monitor(handle);
  if (auto& notify = self->state.options.events.started) notify(c.spec.name, handle);
}

bool affected(restart_strategy how, std::size_t failed, std::size_t other) {
  switch (how) {
    case restart_strategy::one_for_one:
      return other == failed;
    case restart_strategy::one_for_all:
      return true;
    case restart_strategy::rest_for_one:
      return other >= failed;
  }
  return true;
}

void begin_grace(actor_self self) { send_after(self, self->state.options.stop_grace, grace_over{self->state.epoch}); }

/// Schedules the pending restart once every child that belongs to it has ended.
void restart_when_down(actor_self self) {
  auto& st = self->state;
  for (auto& c : st.children)
    if (c.restart && c.alive) return;
  send_after(self, st.delay, restart_due{++st.epoch});
}

void child_failed(actor_self self, std::size_t index, const std::string& reason) {
  auto& st = self->state;
  if (auto& notify = st.options.events.failed) notify(st.children[index].spec.name, reason);
  auto decision = st.history.decide(self->clock().now(), random_unit());
  if (std::holds_alternative<escalate>(decision)) {
    if (auto& notify = st.options.events.escalated) notify(st.options.name);
    return stop_all_then_quit(self, caf::make_error(caf::sec::runtime_error, st.options.name + ": too many restarts"));
  }
  st.delay = std::get<restart_after>(decision).delay;
  bool waiting = false;
  for (std::size_t i = 0; i < st.children.size(); ++i) {
    if (!affected(st.options.policy.strategy, index, i)) continue;
    auto& c = st.children[i];
    if (c.alive && !c.restart) stop_actor((*st.handles)[i]);
    waiting |= c.alive;
    c.restart = true;
  }
  ++st.epoch;  // cancels a restart scheduled before this failure, which would start only some of the children that belong
               // together
  if (waiting) begin_grace(self);
  restart_when_down(self);
}

void quit_when_down(actor_self self) {
  auto& st = self->state;
  for (auto& c : st.children)
    if (c.alive) return;
  self->quit(st.stop_reason);
}

void stop_all_then_quit(actor_self self, caf::error reason) {
  auto& st = self->state;
  if (st.stopping) return;
  st.stopping = true;
  st.stop_reason = std::move(reason);
  ++st.epoch;
  stop_all(*st.handles);
  begin_grace(self);
  quit_when_down(self);
}

void on_down(actor_self self, const caf::down_msg& down) {
  auto& st = self->state;
  auto it = std::find_if(st.children.begin(), st.children.end(), [&](const child& c) { return c.address == down.source; });
  if (it == st.children.end() || !it->alive) return;
  it->alive = false;
  auto index = static_cast<std::size_t>(it - st.children.begin());
  (*st.handles)[index] = nullptr;
  if (st.stopping) return quit_when_down(self);
  if (it->restart) return restart_when_down(self);
  child_failed(self, index, self->system().render(down.reason));
}

void on_restart_due(actor_self self, const restart_due& order) {
  auto& st = self->state;
  if (st.stopping || order.epoch != st.epoch) return;
  for (std::size_t i = 0; i < st.children.size() && !st.stopping; ++i)
    if (st.children[i].restart && !st.children[i].alive) start_child(self, i);
}

void on_grace_over(actor_self self, const grace_over& over) {
  auto& st = self->state;
  if (over.epoch != st.epoch) return;
  for (std::size_t i = 0; i < st.children.size(); ++i)
    if (st.children[i].alive && (st.stopping || st.children[i].restart))
      caf::anon_send_exit((*st.handles)[i], caf::exit_reason::kill);
}

}  // namespace
}  // namespace millrace::supervision

MILLRACE_LOCAL_MESSAGE(millrace::supervision::restart_due)
MILLRACE_LOCAL_MESSAGE(millrace::supervision::grace_over)

namespace millrace::supervision {

caf::behavior supervisor(caf::stateful_actor<supervisor_state>* self, supervisor_options options) {
  auto& st = self->state;
  st.history = restart_history{options.policy};
  for (auto& spec : options.children) st.children.push_back({.spec = spec, .address = {}});
  st.options = std::move(options);
  st.handles->resize(st.children.size());
  self->attach_functor([handles = st.handles](const caf::error&) { stop_all(*handles); });
  self->set_down_handler([self](caf::down_msg& down) { on_down(self, down); });
  self->set_exit_handler([self](caf::exit_msg& x) { stop_all_then_quit(self, std::move(x.reason)); });
  for (std::size_t i = 0; i < st.children.size(); ++i) start_child(self, i);
  return {
      [self](const restart_due& order) { on_restart_due(self, order); },
      [self](const grace_over& over) { on_grace_over(self, over); },
  };
}

child_spec supervised(supervisor_options options) {
  auto name = options.name;
  return {std::move(name), [options = std::move(options)](caf::event_based_actor* parent) {
            return parent->spawn(probed(supervisor), options);
          }};
}

}  // namespace millrace::supervision
