#pragma once

#include "tests/integration/connectors/http/scripted_server.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace millrace::test {

/// How a mail_server differs from one that accepts everything.
struct mail_settings {
  std::map<std::string, std::string> replies{};  ///< by the first word of the command, or by "." and "greeting"
  std::string silent_at{};                       ///< command without a reply
  bool starttls = false;                         ///< offers STARTTLS
  bool drop_after_body = false;                  ///< closes instead of replying to the final dot
};

/// A minimal mail server with one reply per command, which a test may change. It records the received commands and mails.
class mail_server {
 public:
  struct received {
    std::vector<std::string> commands;
    std::string content;
  };

  explicit mail_server(mail_settings s = {}) : settings_(std::move(s)), server_([this](connection& c) { talk(c); }) {}

  std::string url() const { return "smtp://" + server_.address(); }
  int connections() const { return server_.connections(); }
  std::string ca_file() const { return certificate_.file(); }
  std::vector<received> messages() const {
    const std::lock_guard lock{mutex_};
    return messages_;
  }
  /// All command lines of all connections.
  std::vector<std::string> commands() const {
    const std::lock_guard lock{mutex_};
    return commands_;
  }

 private:
  void talk(connection& c) {
    bool secured = false;
    c.write(reply("greeting", "220 test ESMTP") + "\r\n");
    received now;
    for (;;) {
      std::string line = c.read_until("\r\n");
      line.resize(line.size() - 2);
      note(line);
      now.commands.push_back(line);
      const std::string word = line.substr(0, line.find_first_of(" :"));
      if (word == settings_.silent_at) c.wait_closed();
      if (word == "EHLO") {
        c.write(reply(word, settings_.starttls && !secured ? "250-test\r\n250-8BITMIME\r\n250 STARTTLS"
                                                           : "250-test\r\n250-AUTH PLAIN\r\n250 SIZE 1000000") +
                "\r\n");
      } else if (word == "STARTTLS") {
        c.write("220 go\r\n");
        c.start_tls(certificate_);
        secured = true;
      } else if (word == "AUTH" && !settings_.replies.contains(word)) {
        c.write("334 \r\n");
        c.read_until("\r\n");
        c.write("235 ok\r\n");
      } else if (word == "DATA") {
        c.write(reply(word, "354 go") + "\r\n");
        if (reply(word, "354 go").starts_with("354")) take(c, now);
      } else {
        c.write(reply(word, word == "QUIT" ? "221 bye" : "250 ok") + "\r\n");
      }
    }
  }
  void take(connection& c, received& now) {
    now.content = c.read_until("\r\n.\r\n");
    if (settings_.silent_at == ".") c.wait_closed();
    if (settings_.drop_after_body) throw connection::closed{};
    {
      const std::lock_guard lock{mutex_};
      messages_.push_back(std::exchange(now, {}));
    }
    c.write(reply(".", "250 queued as 4711") + "\r\n");
  }
  void note(const std::string& line) {
    const std::lock_guard lock{mutex_};
    commands_.push_back(line);
  }
  std::string reply(const std::string& word, const std::string& usual) const {
    const auto found = settings_.replies.find(word);
    return found == settings_.replies.end() ? usual : found->second;
  }

  mail_settings settings_;
  test_certificate certificate_;
  mutable std::mutex mutex_;
  std::vector<received> messages_;     // guarded by mutex_
  std::vector<std::string> commands_;  // guarded by mutex_
  scripted_server server_;
};

}  // namespace millrace::test
