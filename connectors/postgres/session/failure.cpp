#include "connectors/postgres/session/failure.hpp"

namespace millrace::postgres {

failure_class classify(std::string_view sqlstate) noexcept {
  if (sqlstate.empty() || sqlstate == "25006") return failure_class::pause;
  if (sqlstate == "40003") return failure_class::in_doubt;
  const auto group = sqlstate.substr(0, 2);
  if (group == "40" || sqlstate == "55P03") return failure_class::retry;
  if (group == "08" || group == "28" || group == "53" || group == "57" || group == "58") return failure_class::pause;
  if (group == "21" || group == "22" || group == "23" || group == "54" || group == "P0") return failure_class::isolate;
  return failure_class::stop;
}

const char* to_string(failure_class kind) noexcept {
  switch (kind) {
    case failure_class::retry:
      return "retry";
    case failure_class::in_doubt:
      return "in_doubt";
    case failure_class::pause:
      return "pause";
    case failure_class::isolate:
      return "isolate";
    case failure_class::stop:
      return "stop";
  }
  return "stop";
}

}  // namespace millrace::postgres
