#include "actors/delivery/decoded_delivery.hpp"
#include "tests/bench/hot_path/broker_bytes.hpp"
#include "tests/bench/hot_path/frame_reader.hpp"
#include "tests/bench/hot_path/parts.hpp"

#include <stdexcept>

namespace millrace::bench {
namespace {

using namespace std::chrono_literals;

class decode_part : public part {
 public:
  explicit decode_part(content_type payload) : deliveries_(frame_reader{}.read(make_broker_bytes(payload).bytes)) {}

  void run() override {
    std::vector<actors::decoded_delivery> tasks;
    tasks.reserve(deliveries_.size());
    for (const auto& each : deliveries_)
      if (tasks.push_back(actors::decode_delivery(each, epoch_, queue_, now_, facts_)); tasks.back().problem)
        throw std::runtime_error(tasks.back().problem->error);
  }
  std::size_t tasks() const override { return deliveries_.size(); }

 private:
  std::vector<amqp::delivery> deliveries_;
  amqp::channel_epoch epoch_{1};
  std::string queue_ = "data-processing";
  wall_time now_{1'790'000'000s};
  std::function<type_facts(std::string_view)> facts_ = [](std::string_view) {
    return type_facts{.known = true, .id_required = true};
  };
};

}  // namespace

std::unique_ptr<part> decode(content_type payload) { return std::make_unique<decode_part>(payload); }

}  // namespace millrace::bench
