#include "monitoring/metrics/process_metrics.hpp"

#include "monitoring/metrics/family.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

namespace millrace::monitoring {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

const family cpu{"process_cpu_seconds_total", metric_type::counter, {}, "User and system CPU time spent in seconds."};
const family resident{"process_resident_memory_bytes", metric_type::gauge, {}, "Resident memory in bytes."};
const family virtual_memory{"process_virtual_memory_bytes", metric_type::gauge, {}, "Virtual memory in bytes."};
const family open_fds{"process_open_fds", metric_type::gauge, {}, "Open file descriptors."};
const family max_fds{"process_max_fds", metric_type::gauge, {}, "Maximum number of open file descriptors."};
const family start{
    "process_start_time_seconds", metric_type::gauge, {}, "Start of the process in seconds since the Unix epoch."};

/// The fields used of /proc/self/stat, numbered as in proc(5).
struct stat {
  double cpu_ticks = 0, start_ticks = 0, virtual_bytes = 0, resident_pages = 0;
};

std::optional<stat> read_stat() {
  std::ifstream in("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(in)), {});
  const auto name_end = text.rfind(')');  // the name may contain spaces
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(text.substr(name_end + 1));
  stat out;
  std::string word;
  for (int field = 3; field <= 24 && rest >> word; ++field) {
    if (field == 14 || field == 15) out.cpu_ticks += std::stod(word);
    if (field == 22) out.start_ticks = std::stod(word);
    if (field == 23) out.virtual_bytes = std::stod(word);
    if (field == 24) out.resident_pages = std::stod(word);
  }
  return rest ? std::optional(out) : std::nullopt;
}

std::optional<double> boot_time() {
  std::ifstream in("/proc/stat");
  std::string word;
  double value = 0;
  while (in >> word)
    if (word == "btime" && in >> value) return value;
  return std::nullopt;
}

std::optional<double> open_files() {
  std::error_code failed;
  std::filesystem::directory_iterator entry("/proc/self/fd", failed);
  double count = -1;  // the iterator's own
  for (; !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) ++count;
  return failed ? std::nullopt : std::optional(count);
}

MetricFamily sample(const family& declared, double value) {
  const bool counter = declared.type == metric_type::counter;
  ClientMetric metric;
  (counter ? metric.counter.value : metric.gauge.value) = value;
  return {
      std::string(declared.name), std::string(declared.help), counter ? MetricType::Counter : MetricType::Gauge, {metric}};
}

}  // namespace

std::vector<family> process_families() { return {cpu, resident, virtual_memory, open_fds, max_fds, start}; }

std::vector<MetricFamily> process_metrics() {
  std::vector<MetricFamily> out;
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  if (const auto s = read_stat()) {
    out.push_back(sample(cpu, s->cpu_ticks / ticks));
    out.push_back(sample(resident, s->resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE))));
    out.push_back(sample(virtual_memory, s->virtual_bytes));
    if (const auto boot = boot_time()) out.push_back(sample(start, *boot + s->start_ticks / ticks));
  }
  if (const auto files = open_files()) out.push_back(sample(open_fds, *files));
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) out.push_back(sample(max_fds, static_cast<double>(files.rlim_cur)));
  return out;
}

}  // namespace millrace::monitoring
