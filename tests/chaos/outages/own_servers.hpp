#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace millrace::test {

/// A RabbitMQ and a PostgreSQL that belong to this test program alone, so that it may kill them. They are what every fixture
/// of tests/support uses from here on.
class own_servers {
 public:
  enum class server { rabbitmq, postgres };

  /// Starts them at the first call; they end with the program.
  static own_servers& get();

  void signal(server s, int number) const;
  /// Signals it and waits for its end.
  void stop(server s, int number) const;
  /// Starts it again, on its data, and waits until it serves. Nothing to do if it runs.
  void resume(server s) const;
  void rabbitmqctl(const std::vector<std::string>& arguments) const;

  std::uint16_t amqp_port() const;
  std::uint16_t database_port() const;

 private:
  own_servers();
  ~own_servers();
  void dev(const std::vector<std::string>& arguments) const;
  int pid(server s) const;

  std::string name_, folder_;
};

}  // namespace millrace::test
