#include "tests/support/servers.hpp"

#include <pqxx/pqxx>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <thread>
#include <unistd.h>

namespace millrace::test {
namespace {

// Everything before the path of a URL: scheme, credentials, host, port.
std::string without_path(const std::string& url) {
  const auto host = url.find("://");
  const auto path = host == std::string::npos ? host : url.find('/', host + 3);
  return url.substr(0, path);
}

void on_server(const std::string& sql) {
  pqxx::connection connection{required_variable("MILLRACE_TEST_DATABASE_URL")};
  pqxx::nontransaction{connection}.exec(sql);  // CREATE and DROP DATABASE cannot run in a transaction
}

// For destructors: leftovers disappear with the servers, but a failure should be visible.
template <class Action>
void report_failure(const char* what, const std::string& name, Action action) noexcept {
  try {
    action();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s %s was not removed: %s\n", what, name.c_str(), e.what());
  }
}

}  // namespace

std::string required_variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') {
    throw std::runtime_error(std::string(name) +
                             " is not set: this test needs real servers. Run it with `deploy/dev test`, or start them with "
                             "`deploy/dev services start` and eval \"$(deploy/dev services env)\".");
  }
  return value;
}

std::string unique_name(std::string_view prefix) {
  std::random_device random;
  return std::string(prefix) + "_" + std::to_string(::getpid()) + "_" + std::to_string(random());
}

test_database::test_database() : name_(unique_name("millrace_test")) {
  url_ = without_path(required_variable("MILLRACE_TEST_DATABASE_URL")) + "/" + name_;
  on_server("create database " + name_);
}

test_database::~test_database() {
  report_failure("database", name_, [this] { on_server("drop database if exists " + name_ + " with (force)"); });
}

test_vhost::test_vhost() : name_(unique_name("millrace_test")) {
  const auto server = without_path(required_variable("MILLRACE_TEST_AMQP_URL"));
  url_ = server + "/" + name_;
  const auto user_begin = server.find("://") + 3;
  const auto user = server.substr(user_begin, server.find_first_of(":@", user_begin) - user_begin);
  rabbit_api("PUT", "/api/vhosts/" + name_);
  rabbit_api("PUT", "/api/permissions/" + name_ + "/" + user, {{"configure", ".*"}, {"write", ".*"}, {"read", ".*"}});
}

test_vhost::~test_vhost() {
  report_failure("virtual host", name_, [this] { rabbit_api("DELETE", "/api/vhosts/" + name_); });
}

bool wait_until(const std::function<bool()>& condition, std::chrono::milliseconds deadline) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace millrace::test
