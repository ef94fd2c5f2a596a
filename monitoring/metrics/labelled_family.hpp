#pragma once

#include "monitoring/metrics/family.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <initializer_list>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace millrace::monitoring {

/// True if the text is a valid label value: UTF-8 without control characters, at most 128 bytes.
bool is_label_value(std::string_view text);

/// Label combinations that a family keeps at most; further ones are counted as "other".
constexpr std::size_t most_children = 1'000;

/// A family and its children by label values, looked up without building a label map. Thread-safe.
template <class Metric>
class labelled {
 public:
  /// Declares the family: this is its one place. `buckets` for histograms only. A counter or histogram without labels
  /// exists from the start, as a rate over a series that appears later misses its first step.
  labelled(family_registry& registry, std::string_view name, std::vector<std::string_view> labels, std::string_view help,
           std::span<const double> buckets = {})
      : declared_{name, type, std::move(labels), help, {buckets.begin(), buckets.end()}},
        family_(build(registry.series, declared_)),
        other_(nullptr) {
    registry.declared.push_back(declared_);
    if (declared_.labels.empty() && type != metric_type::gauge) with({});
  }

  const family& declaration() const { return declared_; }

  /// The child with these values, one for each label of the family in its order.
  Metric& with(std::initializer_list<std::string_view> values) {
    const auto& key = key_of(values);
    {
      const std::shared_lock lock(mutex_);
      if (const auto found = children_.find(std::string_view(key)); found != children_.end()) return *found->second;
    }
    return add(key, values);
  }

  /// Removes the child with these values, if present; `with` creates it again. No other thread may use that child meanwhile.
  void remove(std::initializer_list<std::string_view> values) {
    const auto& key = key_of(values);
    const std::unique_lock lock(mutex_);
    const auto found = children_.find(key);
    if (found == children_.end()) return;
    family_.Remove(found->second);
    children_.erase(found);
  }

 private:
  static constexpr metric_type type = std::is_same_v<Metric, prometheus::Counter> ? metric_type::counter
                                      : std::is_same_v<Metric, prometheus::Gauge> ? metric_type::gauge
                                                                                  : metric_type::histogram;

  /// Valid until this thread's next call.
  static const std::string& key_of(std::initializer_list<std::string_view> values) {
    thread_local std::string key;
    key.clear();
    for (const auto value : values) {
      key += value;
      key += '\xff';  // never part of UTF-8, so it separates values unambiguously
    }
    return key;
  }

  struct hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };

  static prometheus::Family<Metric>& build(prometheus::Registry& registry, const family& f) {
    const std::string name(f.name), help(f.help);
    if constexpr (std::is_same_v<Metric, prometheus::Counter>)
      return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
    else if constexpr (std::is_same_v<Metric, prometheus::Gauge>)
      return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
    else
      return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }

  Metric& add(const std::string& key, std::initializer_list<std::string_view> values) {
    const std::unique_lock lock(mutex_);
    if (const auto found = children_.find(key); found != children_.end()) return *found->second;
    bool fits = children_.size() < most_children;
    for (const auto value : values) fits = fits && is_label_value(value);
    if (!fits) return other();
    return *children_.emplace(key, &child(values)).first->second;
  }

  Metric& other() {
    if (!other_) {
      prometheus::Labels labels;
      for (const auto name : declared_.labels) labels.emplace(name, "other");
      other_ = &make(labels);
    }
    return *other_;
  }

  Metric& child(std::initializer_list<std::string_view> values) {
    prometheus::Labels labels;
    auto value = values.begin();
    for (const auto name : declared_.labels) labels.emplace(name, *value++);
    return make(labels);
  }

  Metric& make(const prometheus::Labels& labels) {
    if constexpr (std::is_same_v<Metric, prometheus::Histogram>)
      return family_.Add(labels, declared_.buckets);
    else
      return family_.Add(labels);
  }

  const family declared_;
  prometheus::Family<Metric>& family_;
  std::shared_mutex mutex_;
  std::unordered_map<std::string, Metric*, hash, std::equal_to<>> children_;
  Metric* other_;
};

}  // namespace millrace::monitoring
