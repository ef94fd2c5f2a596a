#pragma once

#include "config/value.hpp"

#include <functional>
#include <string>
#include <vector>

namespace millrace::config {

/// One setting. Loading, validation, `config print` and docs/configuration.md all read this description, so an option
/// that is not in the table does not exist. The type is that of the member, the default its initialiser in settings.hpp.
struct option {
  std::string name;  ///< `amqp.heartbeat`; `types.*.timeout` for each task type, `schedules.*.cron` for each schedule
  std::function<place(settings&, const std::string&)> at;  ///< the member; the text is what stands for `*`
  limits allowed;
  std::string doc;

  /// `types` or `schedules` for an option of each task type or schedule; else empty.
  std::string per() const;
  /// The name with `key` in place of `*`.
  std::string name_of(const std::string& key) const;
  /// The environment variables that set the option, the usual one first; none for options of task types and schedules.
  std::vector<std::string> variables() const;
};

/// All options, those of a section together, in the order of the documentation.
const std::vector<option>& options();
/// The option of that name, or null.
const option* find_option(const std::string& name);
/// True if options stand below that name: `amqp`, `queues.email`.
bool is_section(const std::string& name);

}  // namespace millrace::config
