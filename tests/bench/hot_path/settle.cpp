#include "runtime/flow/ack_tracker.hpp"
#include "tests/bench/hot_path/parts.hpp"

#include <stdexcept>

namespace millrace::bench {
namespace {

constexpr std::uint64_t in_flight = 1'000;

class settle_part : public part {
 public:
  void run() override {
    auto first = last_ + 1;
    last_ += in_flight;
    for (auto tag = first; tag <= last_; ++tag) tracker_.delivered(tag);
    for (auto tag = first; tag <= last_; ++tag) tracker_.settled(tag);
    if (tracker_.take() != std::vector{flow::ack{last_, true}}) throw std::runtime_error("one acknowledgement is enough");
  }
  std::size_t tasks() const override { return in_flight; }

 private:
  flow::ack_tracker tracker_;
  std::uint64_t last_ = 0;
};

}  // namespace

std::unique_ptr<part> settle() { return std::make_unique<settle_part>(); }

}  // namespace millrace::bench
