#include "runtime/program/cli/schedule/schedule_checks.hpp"

#include "runtime/payload/payload.hpp"
#include "runtime/schedule/zoned_cron.hpp"
#include "runtime/task/task_identity.hpp"

namespace millrace::cli {

std::vector<config::problem> check_schedules(const config::loaded& loaded) {
  std::vector<config::problem> problems;
  auto report = [&](const std::string& option, const std::string& text) {
    auto found = loaded.origins.find(option);
    auto at = found == loaded.origins.end() ? config::origin{} : found->second;
    problems.push_back({config::severity::error, at.source, at.line, option + ": " + text});
  };
  for (auto& [name, s] : loaded.values.schedules) {
    const auto option = "schedules." + name;
    if (auto line = schedule::cron::parse(s.cron); !line) report(option + ".cron", line.error());
    if (auto zone = schedule::time_zone::find(s.timezone); !zone) report(option + ".timezone", zone.error());
    if (auto error = check_payload(content_type::json, s.payload))
      report(option + ".payload", "is not valid JSON: " + *error);
    if (!is_tenant(s.tenant)) report(option + ".tenant", "must have 1 to 64 characters of [A-Za-z0-9._-]");
  }
  return problems;
}

}  // namespace millrace::cli
