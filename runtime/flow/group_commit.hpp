#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <unordered_map>
#include <utility>
#include <vector>

namespace millrace::flow {

/// Natural group commit: while one batch runs, the next one is collected. There is no timer, so a single item is committed
/// immediately and a flood in large batches. Items keep their order of arrival, except that a key occurs at most once per
/// batch and never in a batch collected while one with the same key runs: the later item waits until the earlier one is
/// done. Not thread-safe. The caller bounds the number of waiting items (credit).
template <class Item, class Key, class Hash = std::hash<Key>>
class group_commit {
 public:
  struct limits {
    std::size_t max_items = 1'000;
    std::size_t max_bytes = 8 * 1024 * 1024;  ///< measured by `size`; a larger item gets a batch of its own
  };
  using key_function = std::function<Key(const Item&)>;
  using size_function = std::function<std::size_t(const Item&)>;

  group_commit(limits bounds, key_function key, size_function size)
      : bounds_(bounds), key_of_(std::move(key)), size_of_(std::move(size)) {}

  void add(Item item) { place(std::move(item)); }
  void add(std::vector<Item> items) {
    for (auto& item : items) add(std::move(item));
  }

  /// The next batch, never empty, unless one is running or no item waits. It runs until `done`.
  std::optional<std::vector<Item>> take() {
    if (running_ || pending_ == 0) return std::nullopt;
    std::vector<Item> batch;
    batch.reserve(std::min(pending_, bounds_.max_items));
    std::size_t bytes = 0;
    while (batch.size() < bounds_.max_items) {
      entry* next = first();
      if (!next) break;
      const std::size_t size = size_of_(next->item);
      if (!batch.empty() && size > bounds_.max_bytes - std::min(bytes, bounds_.max_bytes)) break;
      bytes += size;
      batch.push_back(std::move(next->item));
      running_keys_.push_back(next->key);
      drop_first();
    }
    pending_ -= batch.size();
    running_ = true;
    return batch;
  }

  /// The running batch has ended. No effect if none is running.
  void done() {
    for (auto* key : running_keys_) release(key);
    running_keys_.clear();
    running_ = false;
  }

  /// Number of waiting items, excluding the running batch.
  std::size_t pending() const noexcept { return pending_; }
  bool running() const noexcept { return running_; }

 private:
  struct follower {
    std::int64_t order;
    Item item;
  };
  // A key is in use while one of its items waits or runs. Further items of the key are queued behind it, so that they are
  // not scanned for every batch. Most keys have no followers and allocate no queue.
  using keys = std::unordered_map<Key, std::unique_ptr<std::deque<follower>>, Hash>;
  using key_in_use = typename keys::value_type;  // its address is stable
  struct entry {
    std::int64_t order;
    key_in_use* key;
    Item item;
  };
  struct later {
    bool operator()(const entry& a, const entry& b) const noexcept { return a.order > b.order; }
  };

  void place(Item item) {
    ++pending_;
    const auto [found, is_new] = in_use_.try_emplace(key_of_(item));
    if (is_new) return waiting_.push_back(entry{next_order_++, &*found, std::move(item)});
    if (!found->second) found->second = std::make_unique<std::deque<follower>>();
    found->second->push_back(follower{next_order_++, std::move(item)});
  }

  void release(key_in_use* key) {
    auto& followers = key->second;
    if (!followers || followers->empty()) {
      in_use_.erase(in_use_.find(key->first));
      return;
    }
    follower next = std::move(followers->front());
    followers->pop_front();
    released_.push(entry{next.order, key, std::move(next.item)});
  }

  bool released_is_first() const {
    return waiting_.empty() || (!released_.empty() && released_.top().order < waiting_.front().order);
  }
  entry* first() {
    if (waiting_.empty() && released_.empty()) return nullptr;
    // The heap is ordered by `order` alone, which does not change when the item is moved out of the top.
    return released_is_first() ? const_cast<entry*>(&released_.top()) : &waiting_.front();
  }
  void drop_first() {
    if (released_is_first())
      released_.pop();
    else
      waiting_.pop_front();
  }

  limits bounds_;
  key_function key_of_;
  size_function size_of_;
  std::deque<entry> waiting_;                                       // in order
  std::priority_queue<entry, std::vector<entry>, later> released_;  // followers that may run now
  keys in_use_;
  std::vector<key_in_use*> running_keys_;
  std::size_t pending_ = 0;
  std::int64_t next_order_ = 0;
  bool running_ = false;
};

}  // namespace millrace::flow
