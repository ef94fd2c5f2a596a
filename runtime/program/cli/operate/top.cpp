#include "runtime/program/cli/command.hpp"
#include "runtime/program/cli/list_printer.hpp"
#include "runtime/program/cli/operate/top_sources.hpp"
#include "runtime/program/cli/stop_signals.hpp"
#include "runtime/program/top/top_view.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <unistd.h>

namespace millrace::cli {
namespace {

constexpr std::chrono::milliseconds refresh{1'000};
constexpr auto clear_screen = "\x1b[H\x1b[2J";

struct top_options {
  std::vector<std::string> metrics;
  bool once = false, json = false;
};

void print_sample(const top::top_sample& f, const top_options& o) {
  if (o.json)
    std::cout << top::top_json(f).dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace) << '\n';
  else
    std::cout << (o.once ? "" : clear_screen) << top::top_text(f, output_format().paint);
  if (!std::cout.flush()) throw failure(failed, "top: cannot write to standard output");
}

std::vector<std::string> nodes_of(const top_options& o, const config::settings& s) {
  if (o.metrics.empty()) return {local_metrics_url(s)};
  std::vector<std::string> urls;
  for (const auto& text : o.metrics)
    if (auto url = metrics_url(text); std::ranges::find(urls, url) == urls.end()) urls.push_back(std::move(url));
  return urls;
}

void run_top(top_options o, const config::settings& s) {
  if (!o.json && !isatty(STDOUT_FILENO)) o.once = true;
  auto urls = nodes_of(o, s);
  stop_signals stop;  // before any other thread, so that all inherit the signal mask
  top_sources sources{s, std::move(urls)};
  auto before = sources.collect();
  if (!o.once && !o.json) print_sample(top::compute_sample({}, before), o);  // the first sample has no rates
  while (!stop.wait_for(refresh)) {
    auto now = sources.collect();
    print_sample(top::compute_sample(before, now), o);
    if (o.once) return;
    before = std::move(now);
  }
}

void define_top(CLI::App& c, const common_options& common) {
  auto o = std::make_shared<top_options>();
  c.add_option("--metrics", o->metrics,
               "metrics URL or host:port of a node; repeatable (default: monitoring.bind on this host)");
  c.add_flag("--once", o->once, "sample twice one second apart, print one table and exit");
  c.add_flag("--json", o->json, "print one JSON object per line and sample");
  c.footer(
      "READY comes from the broker. PAUSED, CONC. and LIMIT come from the database. All other columns are sums over\n"
      "the given nodes, except OLDEST, which is the maximum. `-` means unknown. Press Ctrl-C to exit.\n"
      "If standard output is not a terminal, --once is implied.\n"
      "Examples:\n"
      "  millrace top\n"
      "  millrace top --metrics 10.0.0.4:9464 --metrics 10.0.0.5:9464\n"
      "  millrace top --once --json | jq '.queues[] | select(.dead_per_second > 0)'");
  c.callback([o, &common] { run_top(*o, common.load().values); });
}

const command top_command{help_section::operations, "top", "Show a live view of queue depth, running and failed tasks",
                          define_top};

}  // namespace

}  // namespace millrace::cli
