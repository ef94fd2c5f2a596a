#include "runtime/program/top/top_view.hpp"

#include "runtime/program/terminal/terminal_text.hpp"
#include "runtime/program/terminal/text_width.hpp"
#include "runtime/task/rfc3339.hpp"

#include <cmath>
#include <cstdio>

namespace millrace::top {
namespace {

using nlohmann::ordered_json;
using terminal::terminal_text;
using terminal::tint;

constexpr std::size_t max_name_bytes = 64, max_problem_bytes = 200;

std::string printed(const char* format, double value) {
  char out[64];
  std::snprintf(out, sizeof out, format, value);
  return out;
}

std::string figure_text(const std::optional<double>& value) {
  if (!value || !std::isfinite(*value)) return "-";
  if (std::abs(*value) >= 1e9) return printed("%.2e", *value);
  return printed(*value == std::floor(*value) || std::abs(*value) >= 100 ? "%.0f" : "%.1f", *value);
}

template <class Number>
std::string figure_text(const std::optional<Number>& value) {
  return value ? std::to_string(*value) : "-";
}

std::string age_text(const std::optional<double>& seconds) {
  if (!seconds || !std::isfinite(*seconds) || std::abs(*seconds) >= 1e9) return figure_text(seconds);
  const auto whole = static_cast<long long>(*seconds);
  auto pair = [](long long a, const char* unit, long long b, const char* smaller) {
    return std::to_string(a) + unit + " " + std::to_string(b) + smaller;
  };
  if (whole < 60) return figure_text(seconds) + "s";
  if (whole < 3'600) return pair(whole / 60, "m", whole % 60, "s");
  if (whole < 86'400) return pair(whole / 3'600, "h", whole % 3'600 / 60, "m");
  return pair(whole / 86'400, "d", whole % 86'400 / 3'600, "h");
}

/// Lines of aligned columns, with or without colours.
class table_page {
 public:
  explicit table_page(terminal::colours c) : paint_(c) {}

  table_page& cell(const std::string& text, std::size_t width, tint colour = tint::plain) {
    const auto columns = terminal::text_width(text);
    out_ += terminal::painted(text, colour, paint_);
    out_.append(columns < width ? width - columns : 1, ' ');
    return *this;
  }
  table_page& last(const std::string& text, tint colour = tint::plain) {
    cell(text, 0, colour);
    out_.back() = '\n';
    return *this;
  }
  std::string text() && { return std::move(out_); }

 private:
  terminal::colours paint_;
  std::string out_;
};

constexpr std::size_t name_width = 18, figure_width = 11;

tint if_positive(const std::optional<double>& value, tint colour) { return value > 0.0 ? colour : tint::plain; }

void add_queues(table_page& p, const top_sample& f) {
  p.cell("QUEUE", name_width, tint::bold);
  for (const char* title : {"READY", "IN FLIGHT", "OLDEST", "DONE/s", "RETRIED/s", "DEAD/s", "PAUSED", "CONC."})
    p.cell(title, figure_width, tint::bold);
  p.last("LIMIT/s", tint::bold);
  for (const auto& q : f.queues) {
    const auto& s = q.state;
    p.cell(terminal_text(s.name, max_name_bytes, false), name_width)
        .cell(figure_text(s.ready), figure_width)
        .cell(figure_text(q.in_flight), figure_width)
        .cell(age_text(q.oldest_seconds), figure_width)
        .cell(figure_text(q.done), figure_width)
        .cell(figure_text(q.retried), figure_width, if_positive(q.retried, tint::yellow))
        .cell(figure_text(q.dead), figure_width, if_positive(q.dead, tint::red))
        .cell(!s.paused   ? "-"
              : *s.paused ? "yes"
                          : "no",
              figure_width, s.paused.value_or(false) ? tint::yellow : tint::plain)
        .cell(figure_text(s.concurrency), figure_width)
        .last(figure_text(s.rate_limit), s.rate_limit ? tint::yellow : tint::plain);
  }
}

void add_failing(table_page& p, const top_sample& f) {
  if (f.failing.empty()) return;
  p.last("")
      .cell("FAILING", name_width, tint::bold)
      .cell("RETRIED/s", figure_width, tint::bold)
      .cell("DEAD/s", figure_width, tint::bold);
  p.last("TYPE", tint::bold);
  for (const auto& t : f.failing)
    p.cell(terminal_text(t.queue, max_name_bytes, false), name_width)
        .cell(figure_text(std::optional{t.retried}), figure_width, if_positive(t.retried, tint::yellow))
        .cell(figure_text(std::optional{t.dead}), figure_width, if_positive(t.dead, tint::red))
        .last(terminal_text(t.type, max_name_bytes, false));
}

void add_source(table_page& p, const std::string& name, const std::string& problem) {
  p.cell(name, name_width);
  if (problem.empty()) return void(p.last("ok"));
  p.last("unavailable: " + terminal_text(problem, max_problem_bytes, false), tint::red);
}

ordered_json queue_json(const queue_sample& q) {
  auto value = [](const auto& v) { return v ? ordered_json(*v) : ordered_json{}; };
  return {{"queue", q.state.name},
          {"ready", value(q.state.ready)},
          {"in_flight", value(q.in_flight)},
          {"oldest_task_age_seconds", value(q.oldest_seconds)},
          {"done_per_second", value(q.done)},
          {"retried_per_second", value(q.retried)},
          {"dead_per_second", value(q.dead)},
          {"paused", value(q.state.paused)},
          {"concurrency", value(q.state.concurrency)},
          {"rate_limit", value(q.state.rate_limit)}};
}

ordered_json source_json(const std::string& problem) {
  return {{"answers", problem.empty()}, {"problem", problem.empty() ? ordered_json{} : ordered_json(problem)}};
}

}  // namespace

std::string top_text(const top_sample& f, terminal::colours c) {
  table_page p{c};
  p.last("millrace  " + to_rfc3339(f.at).substr(0, 19) + "Z   outbox due " + figure_text(f.outbox_due) + ", oldest " +
         age_text(f.outbox_lag));
  p.last("");
  add_queues(p, f);
  add_failing(p, f);
  p.last("");
  add_source(p, "database", f.database_problem);
  add_source(p, "broker", f.broker_problem);
  for (const auto& n : f.nodes) add_source(p, "node " + terminal_text(n.url, max_problem_bytes, false), n.problem);
  return std::move(p).text();
}

ordered_json top_json(const top_sample& f) {
  auto value = [](const auto& v) { return v ? ordered_json(*v) : ordered_json{}; };
  ordered_json j{{"at", to_rfc3339(f.at)},
                 {"queues", ordered_json::array()},
                 {"failing", ordered_json::array()},
                 {"outbox", {{"due_rows", value(f.outbox_due)}, {"lag_seconds", value(f.outbox_lag)}}},
                 {"database", source_json(f.database_problem)},
                 {"broker", source_json(f.broker_problem)},
                 {"nodes", ordered_json::array()}};
  for (const auto& q : f.queues) j["queues"].push_back(queue_json(q));
  for (const auto& t : f.failing)
    j["failing"].push_back(
        {{"queue", t.queue}, {"type", t.type}, {"retried_per_second", t.retried}, {"dead_per_second", t.dead}});
  for (const auto& n : f.nodes) {
    ordered_json node{{"url", n.url}};
    node.update(source_json(n.problem));
    j["nodes"].push_back(std::move(node));
  }
  return j;
}

}  // namespace millrace::top
