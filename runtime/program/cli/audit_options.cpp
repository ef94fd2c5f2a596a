#include "runtime/program/cli/audit_options.hpp"

#include "config/text/utf8.hpp"
#include "runtime/program/cli/command.hpp"

#include <pwd.h>
#include <unistd.h>

namespace millrace::cli {
namespace {

std::string user_at_host() {
  auto* entry = getpwuid(geteuid());
  char host[256] = "unknown";
  gethostname(host, sizeof host - 1);
  return (entry ? std::string{entry->pw_name} : "uid-" + std::to_string(geteuid())) + "@" + host;
}

void check_text(const std::string& command, const std::string& option, const std::string& text) {
  constexpr std::size_t max_bytes = 1'000;
  if (text.empty() || text.size() > max_bytes || !text::is_printable(text))
    throw failure(misused, command + ": " + option + " requires one line of 1 to " + std::to_string(max_bytes) + " bytes");
}

}  // namespace

void add_audit_options(CLI::App& c, audit_options& o) {
  c.add_option("--why", o.why,
               "reason for the change, recorded in the audit log (required), e.g. 'INC-42: endpoint recovered'");
  c.add_option("--actor", o.actor, "operator recorded in the audit log (default: user@host)");
}

void check_audit_options(const std::string& command, audit_options& o) {
  check_text(command, "--why", o.why);
  if (o.actor.empty()) o.actor = user_at_host();
  check_text(command, "--actor", o.actor);
}

}  // namespace millrace::cli
