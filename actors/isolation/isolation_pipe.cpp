#include "actors/isolation/isolation_pipe.hpp"

#include "actors/isolation/isolation_frame.hpp"
#include "monitoring/log/log.hpp"

#include <stdexcept>

namespace millrace::actors {
namespace {

using namespace std::chrono_literals;
using actor_self = caf::stateful_actor<isolation_pipe_state>*;

constexpr auto check_interval = 20ms;
constexpr amqp::channel_epoch only_epoch{1};

commit_deliveries decode(const node_context& shared, isolation::request r, std::uint64_t number) {
  auto facts = [&shared](std::string_view type) {
    auto* entry = shared.handlers->find(type);
    return entry ? type_facts{true, entry->policy.id_required} : type_facts{};
  };
  r.source.tag = amqp::delivery_tag{number};
  commit_deliveries one;
  one.batch.push_back(decode_delivery(std::move(r.source), only_epoch, r.queue, std::chrono::system_clock::now(), facts,
                                      shared.proof.get()));
  return one;
}

/// A task that is acknowledged before it has ended stays in in_flight_effects until its outcome is committed.
void answer_when_clean(actor_self self) {
  auto& st = self->state;
  if (!st.settled) return;
  if (st.shared->in_flight.size() > 0) return supervision::send_after(self, check_interval, tick{0});
  st.settled = false;
  st.answer(st.shared->crashes->entered() == 0 ? isolation::settled_clean : isolation::settled_unclean);
}

}  // namespace

caf::behavior isolation_pipe(caf::stateful_actor<isolation_pipe_state>* self, node_ptr shared,
                             std::map<std::string, caf::actor> committers, std::function<void(std::string_view)> answer) {
  auto& st = self->state;
  st.shared = std::move(shared);
  st.answer = std::move(answer);
  for (auto& [queue, committer] : committers) self->send(committer, attach_consumer{caf::actor_cast<caf::actor>(self)});
  st.shared->directory.put("isolation pipe", caf::actor_cast<caf::actor>(self));  // before another actor looks it up
  st.answer(isolation::ready);
  return {
      [self, committers](piped& p) {
        auto request = isolation::decode_request(std::move(p.request));
        auto to = request ? committers.find(request->queue) : committers.end();
        if (to == committers.end()) throw std::runtime_error("malformed request from the node");
        self->send(to->second, decode(*self->state.shared, std::move(*request), ++self->state.requests));
      },
      [self](const settled&) {
        self->state.settled = true;
        answer_when_clean(self);
      },
      [self](const tick&) { answer_when_clean(self); },
  };
}

}  // namespace millrace::actors
