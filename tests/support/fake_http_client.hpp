#pragma once

#include "runtime/task/effect_context.hpp"
#include "runtime/task/handler.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace millrace::test {

/// Records requests and answers each immediately with the next prepared answer. Without one, the request stays unanswered.
template <class Client, class Request, class Response, class Failure>
class fake_client : public Client {
 public:
  using result = tl::expected<Response, Failure>;
  using callback = std::function<void(result)>;

  void send(Request r, callback done) override {
    requests.push_back(std::move(r));
    if (answers.empty()) return unanswered.push_back(std::move(done));
    auto answer = std::move(answers.front());
    answers.pop_front();
    done(std::move(answer));
  }

  std::deque<result> answers;
  std::vector<Request> requests;
  std::vector<callback> unanswered;
};

using fake_http_client = fake_client<http::client, http::request, http::response, http::failure>;
using fake_mail_client = fake_client<smtp::client, smtp::message, smtp::receipt, smtp::failure>;

/// Runs an effect handler on fakes, at a fixed time.
struct effect_bench {
  std::vector<outcome> outcomes;  ///< all reported outcomes; outlives the fakes, whose callbacks report here when dropped
  fake_http_client http;
  fake_mail_client mail;
  std::vector<long> answered;  ///< statuses of the remote side that the handler reported
  wall_time now{std::chrono::seconds{1'614'265'330}};
  effect_context context{{.http = &http,
                          .mail = &mail,
                          .now = [this] { return now; },
                          .answered = [this](const std::string&, long status) { answered.push_back(status); }}};

  /// Runs `t`. Returns the outcome if it was reported immediately.
  std::optional<outcome> run(effect_handler& handler, const task& t) {
    const auto before = outcomes.size();
    handler.execute(t, context, completion{[this](outcome o) { outcomes.push_back(std::move(o)); }});
    return outcomes.size() > before ? std::optional{outcomes.back()} : std::nullopt;
  }
};

inline task make_task(std::string_view type, std::string payload) {
  task t;
  t.id = *uuid::parse("01890a5d-ac96-774b-bcce-b302099a8057");
  t.type = type;
  t.payload = shared_bytes::own(std::move(payload));
  t.received_at = wall_time{std::chrono::seconds{1'700'000'000}};
  return t;
}

}  // namespace millrace::test
