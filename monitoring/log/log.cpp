#include "monitoring/log/log.hpp"

#include "config/text/json_escape.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace millrace::monitoring {

namespace {

constexpr std::array names{"debug", "info", "warn", "error"};
constexpr std::array levels{spdlog::level::debug, spdlog::level::info, spdlog::level::warn, spdlog::level::err};

std::atomic<level> threshold{level::info};

std::size_t index(level l) { return static_cast<std::size_t>(l); }

/// Never destroyed: threads may still log while the process exits.
spdlog::logger& sink() {
  static spdlog::logger* const logger = [] {
    auto* out = new spdlog::logger("millrace", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    out->set_pattern("%v");
    out->set_level(spdlog::level::trace);
    return out;
  }();
  return *logger;
}

std::string& context() {
  static auto* const fields = new std::string;
  return *fields;
}

std::string now() {
  using namespace std::chrono;
  const auto since_epoch = duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
  const std::time_t second = since_epoch / 1'000'000;
  std::tm utc{};
  gmtime_r(&second, &utc);
  std::array<char, 32> date{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  const std::string micros = std::to_string(since_epoch % 1'000'000);
  return std::string(date.data()) + "." + std::string(6 - micros.size(), '0') + micros + "Z";
}

/// As a JSON string; a longer text is cut, so that one field cannot flood the log.
std::string json_text(std::string_view text) {
  constexpr std::size_t max_bytes = 8 * 1024;
  return text::json_string(text.substr(0, max_bytes));
}

void append(std::string& line, const field& f) { line += "," + json_text(f.key()) + ":" + f.json(); }

std::string number(double value) {
  if (!std::isfinite(value)) return "null";  // JSON cannot represent them
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), "%.9g", value);
  return out.data();
}

}  // namespace

field::field(std::string_view key, std::string_view value) : key_(key), json_(json_text(value)) {}
field::field(std::string_view key, std::int64_t value) : key_(key), json_(std::to_string(value)) {}
field::field(std::string_view key, std::uint64_t value) : key_(key), json_(std::to_string(value)) {}
field::field(std::string_view key, double value) : key_(key), json_(number(value)) {}

bool set_log_level(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (name == names[i]) {
      threshold = static_cast<level>(i);
      return true;
    }
  return false;
}

void set_log_context(std::initializer_list<field> fields) {
  context().clear();
  for (const field& f : fields) append(context(), f);
}

bool enabled(level l) noexcept { return l >= threshold.load(std::memory_order_relaxed); }

void log(level l, std::string_view message, std::initializer_list<field> fields) {
  if (!enabled(l)) return;
  std::string line = "{\"time\":\"" + now() + "\",\"level\":\"" + names[index(l)] + "\",\"message\":" + json_text(message);
  line += context();
  for (const field& f : fields) append(line, f);
  line += '}';
  // Passed as a text, not as a format string: braces in the input have no effect.
  sink().log(levels[index(l)], spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace millrace::monitoring
