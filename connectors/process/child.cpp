#include "connectors/process/child.hpp"

#include "connectors/process/frame.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <mutex>
#include <poll.h>
#include <spawn.h>
#include <string>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace millrace::process {
namespace {

constexpr std::size_t largest_answer = 64 * 1024;

void check(int error, const char* what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

class descriptor {
 public:
  explicit descriptor(int fd = -1) : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~descriptor() { close(); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

std::pair<descriptor, descriptor> make_pipe() {
  std::array<int, 2> ends{};
  check(::pipe2(ends.data(), O_CLOEXEC) == 0 ? 0 : errno, "pipe");
  return {descriptor{ends[0]}, descriptor{ends[1]}};
}

/// Owns the spawn attributes, which libc requires to be destroyed.
struct spawn_plan {
  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};
  spawn_plan() {
    check(::posix_spawn_file_actions_init(&files), "posix_spawn_file_actions_init");
    check(::posix_spawnattr_init(&attributes), "posix_spawnattr_init");
  }
  ~spawn_plan() {
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
  }
  spawn_plan(const spawn_plan&) = delete;
  spawn_plan& operator=(const spawn_plan&) = delete;
};

/// The child inherits the three standard descriptors only, and no signal mask: a socket in the child would outlive this
/// process.
pid_t spawn(const std::vector<std::string>& command, int in, int out) {
  spawn_plan plan;
  check(::posix_spawn_file_actions_adddup2(&plan.files, in, 0), "dup2");
  check(::posix_spawn_file_actions_adddup2(&plan.files, out, 1), "dup2");
  check(::posix_spawn_file_actions_addclosefrom_np(&plan.files, 3), "closefrom");
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  check(::posix_spawnattr_setsigmask(&plan.attributes, &none), "setsigmask");
  check(::posix_spawnattr_setsigdefault(&plan.attributes, &all), "setsigdefault");
  check(::posix_spawnattr_setflags(&plan.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF), "setflags");
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (auto& part : command) arguments.push_back(const_cast<char*>(part.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = -1;
  check(::posix_spawn(&pid, arguments[0], &plan.files, &plan.attributes, arguments.data(), environ), "posix_spawn");
  return pid;
}

}  // namespace

struct child::state {
  child_events events;
  descriptor in, out, wake;  // `in` is used by the thread only
  pid_t pid = -1;
  std::mutex mutex;
  std::string unsent;    // guarded by mutex
  bool closing = false;  // guarded by mutex
  bool reaped = false;   // guarded by mutex; afterwards the pid may be reused
  std::atomic<bool> silent{false};
  frame_reader answers{largest_answer};
  std::thread thread;

  void poke() {
    const std::uint64_t one = 1;
    [[maybe_unused]] auto written = ::write(wake.get(), &one, sizeof one);  // a full counter wakes as well
  }

  /// Writes as much as the pipe accepts; true while data is left.
  bool write_some() {
    const std::lock_guard lock{mutex};
    while (!unsent.empty() && in.get() >= 0) {
      auto n = ::write(in.get(), unsent.data(), unsent.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) return true;
      if (n < 0) in.close();  // it has ended, which reading `out` detects
      if (n > 0) unsent.erase(0, static_cast<std::size_t>(n));
    }
    if (closing) in.close();
    return false;
  }

  /// False once the child has closed its output.
  bool read_some() {
    std::array<char, 4096> bytes{};
    auto n = ::read(out.get(), bytes.data(), bytes.size());
    if (n < 0) return errno == EINTR || errno == EAGAIN;
    if (n == 0) return false;
    if (!answers.feed({bytes.data(), static_cast<std::size_t>(n)})) return kill(), false;
    while (auto message = answers.next())
      if (!silent) events.message(std::move(*message));
    return true;
  }

  int reap() {
    int status = 0;
    siginfo_t ended{};
    // The pid is not reused until the child is reaped, which happens under the lock, so `kill` cannot hit another process.
    while (::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
    }
    const std::lock_guard lock{mutex};
    ::waitpid(pid, &status, 0);
    reaped = true;
    return status;
  }

  void run() {
    for (bool pending = write_some();; pending = write_some()) {
      std::array<pollfd, 3> fds{{{out.get(), POLLIN, 0}, {wake.get(), POLLIN, 0}, {pending ? in.get() : -1, POLLOUT, 0}}};
      if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) break;
      std::uint64_t count = 0;
      if (fds[1].revents != 0) [[maybe_unused]]
        auto drained = ::read(wake.get(), &count, sizeof count);
      if (fds[0].revents != 0 && !read_some()) break;
    }
    auto status = reap();
    if (!silent) events.ended(status);
  }

  void kill() {
    const std::lock_guard lock{mutex};
    if (!reaped) ::kill(pid, SIGKILL);
  }
};

child::child(const std::vector<std::string>& command, child_events events) : state_(std::make_unique<state>()) {
  auto& st = *state_;
  st.events = std::move(events);
  auto [its_in, our_in] = make_pipe();
  auto [our_out, its_out] = make_pipe();
  st.in = std::move(our_in);
  st.out = std::move(our_out);
  check(::fcntl(st.in.get(), F_SETFL, O_NONBLOCK) == 0 ? 0 : errno, "fcntl");
  st.wake = descriptor{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  check(st.wake.get() >= 0 ? 0 : errno, "eventfd");
  st.pid = spawn(command, its_in.get(), its_out.get());
  st.thread = std::thread{[s = state_.get()] { s->run(); }};
}

child::~child() {
  state_->silent = true;
  state_->kill();
  state_->thread.join();
}

void child::send(std::string_view message) {
  {
    const std::lock_guard lock{state_->mutex};
    state_->unsent.append(framed(message));
  }
  state_->poke();
}

void child::close() {
  {
    const std::lock_guard lock{state_->mutex};
    state_->closing = true;
  }
  state_->poke();
}

void child::kill() { state_->kill(); }
pid_t child::pid() const noexcept { return state_->pid; }

}  // namespace millrace::process
