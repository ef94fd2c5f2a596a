#include "runtime/program/cli/audit_options.hpp"

#include "runtime/payload/utf8.hpp"
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
  constexpr std::size_t most = 1'000;
  if (text.empty() || text.size() > most || !is_printable(text))
    throw failure(misused, command + ": " + option + " takes a text of 1 to " + std::to_string(most) + " bytes on one line");
}

}  // namespace

void add_audit_options(CLI::App& c, audit_options& o) {
  c.add_option("--why", o.why, "the reason, for the audit log (required), e.g. 'INC-42: sink is back'");
  c.add_option("--actor", o.actor, "who does it, for the audit log (default: user@host)");
}

void check_audit_options(const std::string& command, audit_options& o) {
  check_text(command, "--why", o.why);
  if (o.actor.empty()) o.actor = user_at_host();
  check_text(command, "--actor", o.actor);
}

}  // namespace millrace::cli
