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
constexpr auto whole_screen = "\x1b[H\x1b[2J";

struct top_options {
  std::vector<std::string> metrics;
  bool once = false, json = false;
};

void show_figures(const top_sample& f, const top_options& o) {
  if (o.json)
    std::cout << top_json(f).dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace) << '\n';
  else
    std::cout << (o.once ? "" : whole_screen) << top_text(f, look_of_output().paint);
  if (!std::cout.flush()) throw failure(failed, "top: cannot write to standard output");
}

std::vector<std::string> nodes_of(const top_options& o, const config::settings& s) {
  if (o.metrics.empty()) return {local_metrics_url(s)};
  std::vector<std::string> urls;
  for (const auto& text : o.metrics)
    if (auto url = metrics_url(text); std::ranges::find(urls, url) == urls.end()) urls.push_back(std::move(url));
  return urls;
}

void watch_queues(top_options o, const config::settings& s) {
  if (!o.json && !isatty(STDOUT_FILENO)) o.once = true;
  auto urls = nodes_of(o, s);
  stop_signals stop;  // before anything that starts a thread
  top_sources sources{s, std::move(urls)};
  auto before = sources.look();
  if (!o.once && !o.json) show_figures(figures_of({}, before), o);  // without rates: there is nothing to compare with
  while (!stop.wait_for(refresh)) {
    auto now = sources.look();
    show_figures(figures_of(before, now), o);
    if (o.once) return;
    before = std::move(now);
  }
}

}  // namespace

void add_top(CLI::App& app, const common_options& common) {
  auto o = std::make_shared<top_options>();
  auto* c = app.add_subcommand("top", "Watch the queues: what waits, runs, ends and fails, once a second");
  c->add_option("--metrics", o->metrics,
                "URL of a node's metrics, or host:port; once for each node (default: monitoring.bind on this machine)");
  c->add_flag("--once", o->once, "print one table, of two looks a second apart, and end");
  c->add_flag("--json", o->json, "one JSON object a line for each look");
  c->footer(
      "READY is the broker's, PAUSED, CONC. and LIMIT the database's, all else is summed over the nodes named here; OLDEST "
      "is\n"
      "the largest. A dash is what nobody could tell. Without a terminal it prints one table. Ctrl-C ends it.\n"
      "Examples:\n"
      "  millrace top\n"
      "  millrace top --metrics 10.0.0.4:9464 --metrics 10.0.0.5:9464\n"
      "  millrace top --once --json | jq '.queues[] | select(.dead_per_second > 0)'");
  c->callback([o, &common] { watch_queues(*o, common.load().values); });
}

}  // namespace millrace::cli
