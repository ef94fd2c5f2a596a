#pragma once

#include <nlohmann/json.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

// Access to real servers for tests: each test gets its own database and virtual host. MILLRACE_TEST_AMQP_URL,
// MILLRACE_TEST_DATABASE_URL and MILLRACE_TEST_RABBIT_API, which `deploy/dev test` sets, name the servers. Without them
// every function here throws, so that a test without servers fails and is never skipped.
namespace millrace::test {

/// An empty database that lives as long as this object.
class test_database {
 public:
  test_database();
  /// Drops the database and terminates its connections.
  ~test_database();
  test_database(const test_database&) = delete;
  test_database& operator=(const test_database&) = delete;

  /// Connection URL of a superuser.
  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::string url_;
};

/// An empty virtual host with full permissions for the test's user, for as long as this object lives.
class test_vhost {
 public:
  test_vhost();
  /// Deletes the virtual host; RabbitMQ closes the connections to it.
  ~test_vhost();
  test_vhost(const test_vhost&) = delete;
  test_vhost& operator=(const test_vhost&) = delete;

  /// `amqp://user:password@host:port/name`
  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::string url_;
};

/// Sends one request to RabbitMQ's management API, e.g. `rabbit_api("GET", "/api/queues/" + vhost.name())`. A null `body`
/// sends none; an empty answer is null. Throws std::runtime_error unless the status is 2xx. Its counters lag by up to a
/// second: wait for a value with wait_until(), never read it once.
nlohmann::json rabbit_api(std::string_view method, std::string_view path, const nlohmann::json& body = nullptr);

/// Evaluates `condition` every few milliseconds until it is true. Returns false if it does not become true within
/// `deadline`. The only place where tests wait: name the condition, do not sleep.
bool wait_until(const std::function<bool()>& condition, std::chrono::milliseconds deadline = std::chrono::seconds(30));

/// `prefix`, this process's id and a random number: unique among concurrent tests on the same servers.
std::string unique_name(std::string_view prefix);

/// The variable's value. Throws, with the advice to use `deploy/dev test`, if it is not set.
std::string required_variable(const char* name);

}  // namespace millrace::test
