#include "tests/chaos/outages/own_servers.hpp"

#include "tests/support/child_process.hpp"
#include "tests/support/servers.hpp"

#include <csignal>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <unistd.h>

namespace millrace::test {
namespace {

const std::string source_dir = MILLRACE_SOURCE_DIR;

const char* name_of(own_servers::server s) { return s == own_servers::server::rabbitmq ? "rabbitmq" : "postgres"; }

/// False for a zombie, which has exited and only waits to be reaped.
bool ended(int pid) {
  auto stat = file_text("/proc/" + std::to_string(pid) + "/stat");
  return stat.empty() || stat.substr(stat.rfind(')') + 2, 1) == "Z";
}

std::uint16_t port_in(const std::string& url) {
  return static_cast<std::uint16_t>(std::stoi(url.substr(url.find(':', url.find('@')) + 1)));
}

/// Lines NAME='value'.
void into_environment(const std::string& lines) {
  std::istringstream in{lines};
  for (std::string line; std::getline(in, line);) {
    auto equals = line.find('=');
    if (equals != std::string::npos)
      ::setenv(line.substr(0, equals).c_str(), line.substr(equals + 2, line.size() - equals - 3).c_str(), 1);
  }
}

}  // namespace

own_servers& own_servers::get() {
  static own_servers the;
  return the;
}

own_servers::own_servers() : name_("chaos-" + std::to_string(::getpid())), folder_(source_dir + "/.dev/" + name_) {
  dev({"services", "start", name_, std::to_string(::getpid())});
  into_environment(file_text(folder_ + "/env"));
}

own_servers::~own_servers() { child_process{{source_dir + "/deploy/dev", "services", "stop", name_}}.wait(); }

void own_servers::dev(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command{source_dir + "/deploy/dev"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto log = folder_ + ".log";
  if (child_process{command, {}, log}.wait() != 0) throw std::runtime_error("deploy/dev failed: " + file_text(log));
}

int own_servers::pid(server s) const {
  std::istringstream file{file_text(folder_ + "/" + name_of(s) + ".pid")};
  int found = 0;
  if (!(file >> found)) throw std::runtime_error(std::string{"no pid of "} + name_of(s));
  return found;
}

void own_servers::signal(server s, int number) const { ::kill(pid(s), number); }

void own_servers::stop(server s, int number) const {
  auto it = pid(s);
  ::kill(it, number);
  if (!wait_until([it] { return ended(it); })) throw std::runtime_error(std::string{name_of(s)} + " does not end");
}

void own_servers::resume(server s) const { dev({"services", "resume", name_, name_of(s)}); }

void own_servers::rabbitmqctl(const std::vector<std::string>& arguments) const {
  std::vector<std::string> all{"services", "rabbitmqctl", name_};
  all.insert(all.end(), arguments.begin(), arguments.end());
  dev(all);
}

std::uint16_t own_servers::amqp_port() const { return port_in(required_variable("MILLRACE_TEST_AMQP_URL")); }
std::uint16_t own_servers::database_port() const { return port_in(required_variable("MILLRACE_TEST_DATABASE_URL")); }

}  // namespace millrace::test
