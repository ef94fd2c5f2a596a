#pragma once

#include "runtime/task/handler.hpp"
#include "runtime/task/retry_policy.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace millrace {

/// How tasks of a type are executed. Set by the handler's author; configuration (`types.<type>.…`) may override it.
struct type_policy {
  std::chrono::milliseconds timeout{30'000};  ///< of one execution
  std::uint32_t max_attempts = 10;
  retry_policy backoff;
  std::uint32_t concurrency = 64;  ///< concurrent effects of this type, per node and queue
  bool id_required = false;        ///< true if a repeat costs money: tasks without message_id are not executed
  bool redact = false;             ///< errors of its outcomes are omitted from log and traces
};

/// The handlers of a node by task type. Filled at start and read-only afterwards, so reads need no lock.
class registry {
 public:
  using handler = std::variant<std::shared_ptr<transactional_handler>, std::shared_ptr<effect_handler>>;

  struct entry {
    std::string type;
    type_policy policy;
    handler code;
    bool transactional() const noexcept { return code.index() == 0; }
  };

  /// Adds a handler class under its `type`; constructor arguments follow the policy. Throws std::invalid_argument if the
  /// type is registered already.
  template <class Handler, class... Args>
  void add(type_policy policy, Args&&... args) {
    auto code = std::make_shared<Handler>(std::forward<Args>(args)...);
    if constexpr (std::derived_from<Handler, transactional_handler>)
      insert(Handler::type, policy, std::shared_ptr<transactional_handler>(std::move(code)));
    else
      insert(Handler::type, policy, std::shared_ptr<effect_handler>(std::move(code)));
  }

  /// The entry of a type, or nullptr.
  const entry* find(std::string_view type) const noexcept;
  /// Changes the policy of a type. Returns false if the type is unknown.
  bool set_policy(std::string_view type, const type_policy& policy);
  std::vector<std::string> types() const;

 private:
  void insert(std::string_view type, const type_policy& policy, handler code);

  std::map<std::string, entry, std::less<>> entries_;
};

}  // namespace millrace
