// A fault proxy for scripts. It reads commands from standard input, one per line, and replies to each with one line.
#include "tests/chaos/proxy/fault_proxy.hpp"

#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>

using namespace millrace::test;

namespace {

constexpr auto help = R"(usage: fault_proxy SERVER_PORT [plain|amqp|postgres] [SEED]

Listens on a free port of loopback, prints "listening on PORT", and then obeys:
  set both|to_server|to_client [latency=MS] [jitter=MS] [rate=BYTES_PER_S] [slice=N] [stalled=1] [reset_at=N] [corrupt_at=N]
  refuse on|off          reset          half_close to_server|to_client          heal          seen
  hold_confirms on|off   cut_after_ack N [every]   cut_before_ack N [every]     lose_commit_reply N [every]
It answers "ok", "error: WHY" or what was seen. The end of its input is its own.)";

direction direction_of(const std::string& word) {
  if (word == "to_server") return direction::to_server;
  if (word == "to_client") return direction::to_client;
  throw std::invalid_argument("no direction: " + word);
}

bool on_off(const std::string& word) {
  if (word != "on" && word != "off") throw std::invalid_argument("on or off, not " + word);
  return word == "on";
}

lane_faults faults_of(std::istringstream& words) {
  std::map<std::string, std::uint64_t> given;
  for (std::string word; words >> word;) {
    auto equals = word.find('=');
    if (equals == std::string::npos) throw std::invalid_argument("name=number, not " + word);
    given[word.substr(0, equals)] = std::stoull(word.substr(equals + 1));
  }
  lane_faults f;
  for (auto& [name, value] : given) {
    if (name == "latency")
      f.latency = std::chrono::milliseconds{value};
    else if (name == "jitter")
      f.jitter = std::chrono::milliseconds{value};
    else if (name == "rate")
      f.bytes_per_second = value;
    else if (name == "slice")
      f.slice = value;
    else if (name == "stalled")
      f.stalled = value != 0;
    else if (name == "reset_at")
      f.reset_at = value;
    else if (name == "corrupt_at")
      f.corrupt_at = value;
    else
      throw std::invalid_argument("no fault is called " + name);
  }
  return f;
}

std::string seen(const fault_proxy& proxy) {
  auto n = proxy.seen();
  std::ostringstream text;
  text << "accepted=" << n.accepted << " open=" << n.open << " to_server=" << n.to_server << " to_client=" << n.to_client
       << " cuts=" << n.cuts;
  return text.str();
}

std::string obey(fault_proxy& proxy, const std::string& line) {
  std::istringstream words{line};
  std::string command, word, every;
  words >> command;
  if (command == "set") {
    words >> word;
    auto faults = faults_of(words);
    word == "both" ? proxy.set(faults) : proxy.set(direction_of(word), faults);
    return "ok";
  }
  words >> word >> every;
  auto nth = [&] { return static_cast<unsigned>(std::stoul(word)); };
  if (command == "seen") return seen(proxy);
  if (command == "refuse")
    proxy.refuse(on_off(word));
  else if (command == "reset")
    proxy.reset_all();
  else if (command == "half_close")
    proxy.half_close_all(direction_of(word));
  else if (command == "heal")
    proxy.heal();
  else if (command == "hold_confirms")
    proxy.hold_confirms(on_off(word));
  else if (command == "cut_after_ack")
    proxy.cut_after_client_ack(nth(), every == "every");
  else if (command == "cut_before_ack")
    proxy.cut_before_client_ack(nth(), every == "every");
  else if (command == "lose_commit_reply")
    proxy.lose_commit_reply(nth(), every == "every");
  else
    throw std::invalid_argument("no such command: " + command);
  return "ok";
}

std::unique_ptr<fault_proxy> make_proxy(int count, char** arguments) {
  using protocol = fault_proxy::protocol;
  const std::map<std::string, protocol> known{
      {"plain", protocol::plain}, {"amqp", protocol::amqp}, {"postgres", protocol::postgres}};
  auto port = static_cast<std::uint16_t>(std::stoul(arguments[1]));
  auto spoken = count > 2 ? known.at(arguments[2]) : protocol::plain;
  if (count > 3) return std::make_unique<fault_proxy>(port, spoken, std::stoull(arguments[3]));
  return std::make_unique<fault_proxy>(port, spoken);
}

}  // namespace

int main(int count, char** arguments) {
  std::unique_ptr<fault_proxy> proxy;
  try {
    if (count < 2 || count > 4) throw std::invalid_argument("two to four words");
    proxy = make_proxy(count, arguments);
  } catch (const std::exception& e) {
    std::cerr << "fault_proxy: " << e.what() << "\n\n" << help << '\n';
    return 2;
  }
  std::cout << "listening on " << proxy->port() << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    try {
      std::cout << obey(*proxy, line) << std::endl;
    } catch (const std::exception& e) {
      std::cout << "error: " << e.what() << std::endl;
    }
  }
}
