#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace millrace::test {

/// A RabbitMQ and a PostgreSQL for this test program only, so that it may kill them. Once they are started, every fixture of
/// tests/support uses them.
class own_servers {
 public:
  enum class server { rabbitmq, postgres };

  /// Starts them at the first call. They stop when the program exits.
  static own_servers& get();

  void signal(server s, int number) const;
  /// Signals the server and waits until it has exited.
  void stop(server s, int number) const;
  /// Restarts the server with its data and waits until it serves. Does nothing if it is running.
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
