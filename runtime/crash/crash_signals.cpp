#include "runtime/crash/crash_signals.hpp"

#include <array>
#include <csignal>
#include <cstddef>
#include <memory>

namespace millrace::crash {
namespace {

constexpr std::array fatal{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
std::atomic<std::atomic<std::int32_t>*> noted_in{nullptr};
std::array<struct sigaction, fatal.size()> before;

/// Async-signal-safe: one store, then the previous action is restored. A fault recurs at the same place when the handler
/// returns, so the core dump shows it; a sent signal is raised again.
void note(int number, siginfo_t* info, void*) {
  if (auto* where = noted_in.load()) where->store(number);
  for (std::size_t i = 0; i < fatal.size(); ++i)
    if (fatal[i] == number) ::sigaction(number, &before[i], nullptr);
  if (info->si_code <= 0) ::raise(number);
}

/// 64 KiB: the handler needs little, but the previous one (a sanitizer's) may need more.
class alternate_stack {
 public:
  alternate_stack() {
    stack_t known{};
    if (::sigaltstack(nullptr, &known) != 0 || (known.ss_flags & SS_DISABLE) == 0) return;
    memory_ = std::make_unique<std::array<std::byte, size>>();
    const stack_t mine{.ss_sp = memory_->data(), .ss_flags = 0, .ss_size = size};
    ::sigaltstack(&mine, nullptr);
  }
  ~alternate_stack() {
    if (!memory_) return;
    const stack_t none{.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
    ::sigaltstack(&none, nullptr);
  }
  alternate_stack(const alternate_stack&) = delete;
  alternate_stack& operator=(const alternate_stack&) = delete;

 private:
  static constexpr std::size_t size = 64 * 1024;
  std::unique_ptr<std::array<std::byte, size>> memory_;
};

}  // namespace

void note_fatal_signals(std::atomic<std::int32_t>* where) {
  if (noted_in.exchange(where)) return;  // the handlers are installed already
  struct sigaction action {};
  action.sa_sigaction = note;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < fatal.size(); ++i) ::sigaction(fatal[i], &action, &before[i]);
}

void forget_fatal_signals(const std::atomic<std::int32_t>* where) noexcept {
  if (noted_in.load() != where) return;
  noted_in = nullptr;
  for (std::size_t i = 0; i < fatal.size(); ++i) ::sigaction(fatal[i], &before[i], nullptr);
}

void have_alternate_stack() { static thread_local const alternate_stack mine; }

}  // namespace millrace::crash
