#include "connectors/process/child.hpp"

#include "connectors/process/frame.hpp"
#include "tests/support/servers.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <csignal>
#include <mutex>
#include <optional>
#include <sys/wait.h>
#include <system_error>

using namespace millrace;
using test::wait_until;

namespace {

/// The messages and the exit status of a child, for a test to wait for.
struct reports {
  std::mutex mutex;
  std::vector<std::string> messages;
  std::optional<int> status;

  process::child_events events() {
    return {.message =
                [this](std::string m) {
                  std::lock_guard lock{mutex};
                  messages.push_back(std::move(m));
                },
            .ended =
                [this](int s) {
                  std::lock_guard lock{mutex};
                  status = s;
                }};
  }
  bool said(const std::string& m) {
    return wait_until([&] {
      std::lock_guard lock{mutex};
      return !messages.empty() && messages.back() == m;
    });
  }
  int end() {
    BOOST_REQUIRE(wait_until([&] {
      std::lock_guard lock{mutex};
      return status.has_value();
    }));
    return *status;
  }
};

const std::vector<std::string> echo{"/bin/cat"};
std::vector<std::string> shell(const std::string& script) { return {"/bin/sh", "-c", script}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(child_processes)

BOOST_AUTO_TEST_CASE(frames_survive_any_cut) {
  process::frame_reader r{1'000};
  std::string stream = process::framed("one") + process::framed("") + process::framed(std::string(300, 'x'));
  std::vector<std::string> all;
  for (char c : stream) {
    BOOST_REQUIRE(r.feed({&c, 1}));
    while (auto message = r.next()) all.push_back(*message);
  }
  BOOST_REQUIRE_EQUAL(all.size(), 3u);
  BOOST_CHECK_EQUAL(all[0], "one");
  BOOST_CHECK_EQUAL(all[1], "");
  BOOST_CHECK_EQUAL(all[2], std::string(300, 'x'));
  BOOST_CHECK(!r.feed("\xff\xff\xff\xff"));
  BOOST_CHECK(!r.next());
}

BOOST_AUTO_TEST_CASE(a_child_answers_and_ends_with_its_input) {
  reports t;
  process::child c{echo, t.events()};
  c.send("hello");
  BOOST_CHECK(t.said("hello"));
  c.send(std::string(60'000, 'y'));
  BOOST_CHECK(t.said(std::string(60'000, 'y')));
  c.close();
  auto status = t.end();
  BOOST_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

BOOST_AUTO_TEST_CASE(a_message_larger_than_any_pipe_reaches_it) {
  reports t;
  process::child c{shell("head -c 3000004 | tail -c +5 | wc -c | tr -d '\\n' | { read n; printf '\\0\\0\\0\\7%s' $n; }"),
                   t.events()};
  c.send(std::string(3'000'000, 'z'));
  BOOST_CHECK(t.said("3000000"));
}

BOOST_AUTO_TEST_CASE(the_exit_of_a_child_is_reported) {
  reports exits, crashes, killed;
  process::child a{shell("exit 3"), exits.events()};
  process::child b{shell("kill -SEGV $$"), crashes.events()};
  process::child c{echo, killed.events()};
  c.kill();
  auto code = exits.end();
  BOOST_CHECK(WIFEXITED(code) && WEXITSTATUS(code) == 3);
  auto crash = crashes.end();
  BOOST_CHECK(WIFSIGNALED(crash) && WTERMSIG(crash) == SIGSEGV);
  auto kill = killed.end();
  BOOST_CHECK(WIFSIGNALED(kill) && WTERMSIG(kill) == SIGKILL);
  a.kill();  // has no effect once the child has exited
}

BOOST_AUTO_TEST_CASE(the_lock_is_released_with_its_object) {
  reports t;
  pid_t pid = 0;
  {
    process::child c{shell("trap '' TERM; while :; do sleep 1; done"), t.events()};
    pid = c.pid();
    BOOST_CHECK_EQUAL(::kill(pid, 0), 0);
  }
  BOOST_CHECK_EQUAL(::kill(pid, 0), -1);
}

BOOST_AUTO_TEST_CASE(no_descriptor_of_ours_goes_along) {
  reports t;
  process::child first{echo, t.events()};
  reports listed;
  // One digit for each descriptor: the three, and the one that lists them.
  process::child c{shell("n=$(ls /proc/self/fd | wc -l); printf '\\0\\0\\0\\1%s' $n"), listed.events()};
  BOOST_CHECK(listed.said("4"));
}

BOOST_AUTO_TEST_CASE(an_answer_beyond_the_limit_ends_the_child) {
  reports t;
  process::child c{shell("printf '\\377\\377\\377\\377'; exec cat"), t.events()};
  auto status = t.end();
  BOOST_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

BOOST_AUTO_TEST_CASE(a_program_that_is_not_there_is_an_error) {
  reports t;
  BOOST_CHECK_THROW((process::child{{"/no/such/program"}, t.events()}), std::system_error);
}

BOOST_AUTO_TEST_SUITE_END()
