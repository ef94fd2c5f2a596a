#pragma once

#include "config/value.hpp"

#include <functional>
#include <string>
#include <vector>

namespace millrace::config {

/// One setting. Loading, validation, `config print` and docs/configuration.md use this description: an option exists only in
/// the table. Its type is that of the member, its default the member's initialiser in settings.hpp.
struct option {
  std::string name;  ///< `amqp.heartbeat`; `types.*.timeout` for each task type, `schedules.*.cron` for each schedule
  std::function<place(settings&, const std::string&)> at;  ///< the member; the text replaces `*`
  limits allowed;
  std::string doc;

  /// `types` or `schedules` for options of each task type or schedule, else empty.
  std::string per() const;
  /// The name with `key` in place of `*`.
  std::string name_of(const std::string& key) const;
  /// The environment variables that set the option, the primary one first; none for options of task types and schedules.
  std::vector<std::string> variables() const;
};

/// All options, grouped by section, in the order of the documentation.
const std::vector<option>& options();
/// The option with that name, or null.
const option* find_option(const std::string& name);
/// True for the name of a section, such as `amqp` or `queues.email`.
bool is_section(const std::string& name);

}  // namespace millrace::config
