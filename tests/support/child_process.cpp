#include "tests/support/child_process.hpp"

#include <curl/curl.h>

#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <netinet/in.h>
#include <sstream>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace millrace::test {
namespace {

[[noreturn]] void become(std::vector<char*> arguments, const std::map<std::string, std::string>& variables,
                         const std::string& log) {
  for (auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
  if (!log.empty()) {
    int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    ::dup2(file, 1);
    ::dup2(file, 2);
  }
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

}  // namespace

child_process::child_process(const std::vector<std::string>& command, const std::map<std::string, std::string>& variables,
                             const std::string& log) {
  std::vector<char*> arguments;
  for (auto& part : command) arguments.push_back(const_cast<char*>(part.c_str()));
  arguments.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error(std::string{"fork: "} + std::strerror(errno));
  if (pid_ == 0) become(std::move(arguments), variables, log);
}

child_process::~child_process() {
  if (!running()) return;
  ::kill(pid_, SIGKILL);
  wait();
}

bool child_process::running() {
  if (ended_) return false;
  ended_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
  return !ended_;
}

void child_process::signal(int number) {
  if (running()) ::kill(pid_, number);
}

int child_process::wait() {
  while (!ended_) ended_ = ::waitpid(pid_, &status_, 0) == pid_;
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : -WTERMSIG(status_);
}

std::size_t child_process::peak_memory() const {
  std::istringstream status{file_text("/proc/" + std::to_string(pid_) + "/status")};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::strtoull(line.c_str() + 6, nullptr, 10) * 1024;
  return 0;
}

std::string file_text(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::pair<long, std::string> http_get(const std::string& url) {
  std::pair<long, std::string> answer{0, {}};
  CURL* easy = curl_easy_init();
  auto append = +[](char* data, std::size_t size, std::size_t count, void* to) -> std::size_t {
    static_cast<std::string*>(to)->append(data, size * count);
    return size * count;
  };
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_TIMEOUT, 10L);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer.second);
  if (curl_easy_perform(easy) == CURLE_OK) curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer.first);
  curl_easy_cleanup(easy);
  return answer;
}

int free_port() {
  int s = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bool ok = ::bind(s, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
            ::getsockname(s, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(s);
  if (!ok) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

}  // namespace millrace::test
