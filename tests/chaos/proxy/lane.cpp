#include "tests/chaos/proxy/lane.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace millrace::test {
namespace {

struct write_request {
  uv_write_t request;
  std::string bytes;
  std::function<void(int)> done;
};

}  // namespace

lane::lane(uv_tcp_t& sink, uv_timer_t& timer, std::minstd_rand& random, events report)
    : sink_(sink), timer_(timer), random_(random), events_(std::move(report)) {}

void lane::set(const lane_faults& faults) {
  faults_ = faults;
  since_set_ = 0;
  free_at_ = 0;
  pump();
}

void lane::push(std::string_view bytes) {
  if (bytes.empty() || finishing_) return;
  auto wait = static_cast<std::uint64_t>(faults_.latency.count());
  if (faults_.jitter.count() > 0) wait += random_() % static_cast<std::uint64_t>(faults_.jitter.count() + 1);
  auto due = uv_now(timer_.loop) + wait;
  if (!queue_.empty()) due = std::max(due, queue_.back().due);
  queue_.push_back({due, std::string{bytes}, 0});
  queued_ += bytes.size();
  pump();
}

void lane::finish() {
  finishing_ = true;
  pump();
}

void lane::finish_now() {
  faults_ = {};
  for (auto& s : queue_) s.due = 0;
  free_at_ = 0;
  finish();
}

void lane::wait_until(std::uint64_t due) {
  timer_.data = this;
  uv_timer_start(
      &timer_, [](uv_timer_t* t) { static_cast<lane*>(t->data)->pump(); }, due - uv_now(timer_.loop), 0);
}

void lane::pump() {
  if (stopped_ || writing_ || faults_.stalled) return;
  if (queue_.empty()) return end_if_empty();
  if (faults_.reset_at && since_set_ >= *faults_.reset_at) return events_.reset();
  auto due = std::max(queue_.front().due, free_at_);
  if (due > uv_now(timer_.loop)) return wait_until(due);
  write(next_write());
}

std::string lane::next_write() {
  auto& front = queue_.front();
  auto size = front.bytes.size() - front.sent;
  if (faults_.slice > 0) size = std::min(size, faults_.slice);
  if (faults_.reset_at) size = std::min<std::size_t>(size, *faults_.reset_at - since_set_);
  if (faults_.bytes_per_second > 0) {
    size = std::min(size, std::max<std::size_t>(1, faults_.bytes_per_second / 50));
    free_at_ = uv_now(timer_.loop) + std::max<std::uint64_t>(1, size * 1'000 / faults_.bytes_per_second);
  }
  auto bytes = front.bytes.substr(front.sent, size);
  front.sent += size;
  if (front.sent == front.bytes.size()) queue_.pop_front();
  queued_ -= size;
  if (faults_.corrupt_at && *faults_.corrupt_at >= since_set_ && *faults_.corrupt_at < since_set_ + size) {
    auto& byte = bytes[*faults_.corrupt_at - since_set_];
    byte = static_cast<char>(~byte);
  }
  since_set_ += size;
  forwarded_ += size;
  return bytes;
}

void lane::write(std::string bytes) {
  writing_ = true;
  auto made = std::make_unique<write_request>();
  made->bytes = std::move(bytes);
  made->done = [this](int status) { written(status); };
  made->request.data = made.get();
  auto buffer = uv_buf_init(made->bytes.data(), static_cast<unsigned>(made->bytes.size()));
  int failed = uv_write(&made->request, reinterpret_cast<uv_stream_t*>(&sink_), &buffer, 1, [](uv_write_t* r, int status) {
    std::unique_ptr<write_request> mine{static_cast<write_request*>(r->data)};
    mine->done(status);
  });
  if (failed != 0) return written(failed);
  made.release();
}

void lane::written(int status) {
  writing_ = false;
  if (stopped_) return;
  if (status != 0) return events_.lost();
  if (!full()) events_.room();
  pump();
}

void lane::end_if_empty() {
  if (!finishing_ || finished_) return;
  finished_ = true;
  auto* request = new uv_shutdown_t;
  if (uv_shutdown(request, reinterpret_cast<uv_stream_t*>(&sink_), [](uv_shutdown_t* r, int) { delete r; }) != 0)
    delete request;
  events_.ended();
}

}  // namespace millrace::test
