#include "tests/bench/hot_path/broker_bytes.hpp"
#include "tests/bench/hot_path/frame_reader.hpp"
#include "tests/bench/hot_path/parts.hpp"

#include <stdexcept>

namespace millrace::bench {
namespace {

class parse_part : public part {
 public:
  void run() override {
    if (reader_.read(sent_.bytes).size() != sent_.deliveries) throw std::runtime_error("a delivery is missing");
  }
  std::size_t tasks() const override { return sent_.deliveries; }

 private:
  broker_bytes sent_ = make_broker_bytes(content_type::json);
  frame_reader reader_;
};

}  // namespace

std::unique_ptr<part> parse() { return std::make_unique<parse_part>(); }

}  // namespace millrace::bench
