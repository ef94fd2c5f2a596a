#include "runtime/crash/crash_record.hpp"

#include "runtime/crash/crash_report.hpp"
#include "tests/support/servers.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <memory>
#include <pthread.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace millrace;
using namespace millrace::crash;

namespace {

struct folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / test::unique_name("millrace-crash");
  folder() { make_state_dir(path.string()); }
  ~folder() { std::filesystem::remove_all(path); }
  std::string record() const { return new_crash_record_path(path.string(), "node a/1"); }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{path}, {}));
  }
};

task make_task(std::uint8_t number, std::string tenant = "acme") {
  task t;
  t.id.bytes[15] = number;
  t.tenant = std::move(tenant);
  return t;
}

/// Runs `code` in a process of its own and returns its status from waitpid.
int in_child(const std::function<void()>& code) {
  auto pid = ::fork();
  if (pid == 0) {
    // Without Boost's handlers, and without a core file in the source tree.
    for (auto number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) std::signal(number, SIG_DFL);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    code();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return status;
}

crash_report read_only_one(const folder& f) {
  auto dead = take_dead_crash_records(f.path.string());
  BOOST_REQUIRE_EQUAL(dead.size(), 1u);
  auto report = dead[0].read();
  BOOST_REQUIRE_MESSAGE(report, report.error());
  return *report;
}

// Not a tail call, and never optimised away.
[[gnu::noinline]] int descend(int depth) {
  volatile char room[4096];
  room[0] = static_cast<char>(depth);
  if (depth == std::numeric_limits<int>::max()) return 0;
  return descend(depth + 1) + room[0];
}

}  // namespace

BOOST_AUTO_TEST_SUITE(crash_records)

BOOST_AUTO_TEST_CASE(a_fault_records_the_running_tasks_and_the_signal) {
  folder f;
  auto status = in_child([&] {
    crash_record record{{.path = f.record(), .node = "node a/1"}};
    record.note_fatal_signals();
    auto gone = record.enter(std::vector{make_task(9)});
    auto held = record.enter(std::vector{make_task(1), make_task(2, "other")});
    gone.leave();
    *static_cast<volatile int*>(nullptr) = 1;
  });
  BOOST_REQUIRE(WIFSIGNALED(status));
  BOOST_CHECK_EQUAL(WTERMSIG(status), SIGSEGV);
  auto report = read_only_one(f);
  BOOST_CHECK_EQUAL(report.signal, SIGSEGV);
  BOOST_CHECK_EQUAL(report.node, "node a/1");
  BOOST_CHECK_EQUAL(report.entries.size(), 2u);
  BOOST_CHECK(report.names("acme", make_task(1).id));
  BOOST_CHECK(report.names("other", make_task(2).id));
  BOOST_CHECK(!report.names("acme", make_task(2).id));
  BOOST_CHECK(!report.names("acme", make_task(9).id));
}

BOOST_AUTO_TEST_CASE(signals_that_are_raised_and_aborts_are_noted_and_end_the_process_as_they_would) {
  for (auto number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
    folder f;
    auto status = in_child([&] {
      crash_record record{{.path = f.record(), .node = "n"}};
      record.note_fatal_signals();
      auto held = record.enter(std::vector{make_task(1)});
      if (number == SIGABRT) std::abort();
      ::raise(number);
    });
    BOOST_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == number);
    BOOST_CHECK_EQUAL(read_only_one(f).signal, number);
  }
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
BOOST_AUTO_TEST_CASE(the_overflow_of_a_stack_is_noted) {
  folder f;
  auto status = in_child([&] {
    crash_record record{{.path = f.record(), .node = "n"}};
    record.note_fatal_signals();
    auto held = record.enter(std::vector{make_task(1)});
    ::_exit(descend(0));
  });
  BOOST_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
  BOOST_CHECK_EQUAL(read_only_one(f).signal, SIGSEGV);
}
#endif

BOOST_AUTO_TEST_CASE(an_external_kill_records_the_running_tasks_and_no_signal) {
  folder f;
  in_child([&] {
    crash_record record{{.path = f.record(), .node = "n"}};
    record.note_fatal_signals();
    auto held = record.enter(std::vector{make_task(1)});
    ::raise(SIGKILL);
  });
  auto report = read_only_one(f);
  BOOST_CHECK_EQUAL(report.signal, 0);
  BOOST_CHECK(report.names("acme", make_task(1).id));
}

BOOST_AUTO_TEST_CASE(the_record_of_a_living_process_is_left_alone_and_goes_with_it) {
  folder f;
  {
    crash_record record{{.path = f.record(), .node = "n"}};
    auto held = record.enter(std::vector{make_task(1)});
    BOOST_CHECK_EQUAL(f.files(), 1u);
    BOOST_CHECK(take_dead_crash_records(f.path.string()).empty());
    auto seen = read_crash_record(record.path());  // but it may be read
    BOOST_REQUIRE(seen);
    BOOST_CHECK(seen->names("acme", make_task(1).id));
  }
  BOOST_CHECK_EQUAL(f.files(), 0u);
}

BOOST_AUTO_TEST_CASE(a_dead_record_is_taken_by_one_and_removed_for_all) {
  folder f;
  in_child([&] {
    crash_record record{{.path = f.record(), .node = "n"}};
    auto held = record.enter(std::vector{make_task(1)});
    ::raise(SIGKILL);
  });
  auto first = take_dead_crash_records(f.path.string());
  BOOST_REQUIRE_EQUAL(first.size(), 1u);
  BOOST_CHECK(take_dead_crash_records(f.path.string()).empty());
  first[0].remove();
  first.clear();
  BOOST_CHECK(take_dead_crash_records(f.path.string()).empty());
  BOOST_CHECK_EQUAL(f.files(), 0u);
}

BOOST_AUTO_TEST_CASE(a_full_record_says_how_many_it_did_not_take_and_takes_again_once_there_is_room) {
  folder f;
  std::size_t refused = 0;
  crash_record record{{.path = f.record(), .node = "n", .slots = 2, .full = [&](std::size_t n) { refused += n; }}};
  {
    auto held = record.enter(std::vector{make_task(1), make_task(2), make_task(3)});
    BOOST_CHECK_EQUAL(refused, 1u);
    BOOST_CHECK_EQUAL(record.entered(), 2u);
    auto none = record.enter(std::vector{make_task(4)});
    BOOST_CHECK_EQUAL(refused, 2u);
  }
  BOOST_CHECK_EQUAL(record.entered(), 0u);
  auto held = record.enter(std::vector{make_task(5)});
  BOOST_CHECK_EQUAL(refused, 2u);
  BOOST_CHECK(read_crash_record(record.path())->names("acme", make_task(5).id));
}

BOOST_AUTO_TEST_CASE(an_invalid_record_is_refused_with_its_path) {
  folder f;
  auto path = (f.path / "garbage.crash").string();
  for (auto& text :
       {std::string{}, std::string{"garbage"}, std::string(100'000, 'x'), "MLRCRSH1" + std::string(248, '\xff')}) {
    std::ofstream{path, std::ios::trunc} << text;
    auto dead = take_dead_crash_records(f.path.string());
    BOOST_REQUIRE_EQUAL(dead.size(), 1u);
    auto report = dead[0].read();
    BOOST_REQUIRE(!report);
    BOOST_CHECK_NE(report.error().find(path), std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_folder_that_does_not_serve_is_an_error_that_names_it) {
  folder f;
  auto file = (f.path / "file").string();
  std::ofstream{file} << "x";
  auto names = [](const std::string& part) {
    return [part](const std::runtime_error& e) { return std::string{e.what()}.find(part) != std::string::npos; };
  };
  BOOST_CHECK_EXCEPTION(make_state_dir(file), std::runtime_error, names(file));
  BOOST_CHECK_EXCEPTION(make_state_dir(file + "/below"), std::runtime_error, names(file));
  BOOST_CHECK_EXCEPTION((crash_record{{.path = (f.path / "none/r.crash").string(), .node = "n"}}), std::runtime_error,
                        names("none/r.crash"));
  struct stat known {};
  BOOST_REQUIRE_EQUAL(::stat(f.path.c_str(), &known), 0);
  BOOST_CHECK_EQUAL(known.st_mode & 0777u, 0700u);
}

BOOST_AUTO_TEST_CASE(counting_is_exclusive) {
  const folder f;
  const int other = ::open(f.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  {
    const counting_turn turn{f.path.string()};
    BOOST_TEST(::flock(other, LOCK_EX | LOCK_NB) != 0);
  }
  BOOST_TEST(::flock(other, LOCK_EX | LOCK_NB) == 0);
  ::close(other);
  const counting_turn nothing_to_count{"/nonexistent"};
}

BOOST_AUTO_TEST_SUITE_END()
