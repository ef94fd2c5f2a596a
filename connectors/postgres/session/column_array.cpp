#include "connectors/postgres/session/column_array.hpp"

#include "connectors/postgres/session/text_sanitizer.hpp"

#include <charconv>

namespace millrace::postgres {

void column_array::add(std::string_view text) {
  if (repeats(text) || storable(text))
    append(text);
  else
    append(storable_text(text));
}

void column_array::add(long long number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  append({digits, static_cast<std::size_t>(end - digits)});
}

bool column_array::repeats(std::string_view value) const { return uniform_ && equal_ > 0 && value == first_; }

void column_array::append(std::string_view value) {
  if (repeats(value)) {
    ++equal_;
    return;
  }
  if (uniform_ && equal_ == 0) {
    first_ = value;
    equal_ = 1;
    return;
  }
  if (uniform_)
    for (std::size_t i = 0; i < equal_; ++i) array_.add(first_);
  uniform_ = false;
  array_.add(value);
}

const std::string& column_array::str() {
  if (uniform_ && equal_ > 0) {
    array_.add(first_);
    equal_ = 0;
  }
  return array_.str();
}

void batch_bytes::add(std::string_view bytes) {
  starts_.add(static_cast<long long>(size_) + 1);
  lengths_.add(static_cast<long long>(bytes.size()));
  size_ += bytes.size();
  values_.push_back(bytes);
}

// A large value is alone in its batch, so it is copied only once, which pqxx requires.
pqxx::binarystring batch_bytes::blob() const {
  if (values_.size() == 1) return {values_.front().data(), size_};
  std::string joined;
  joined.reserve(size_);
  for (const auto value : values_) joined += value;
  return pqxx::binarystring(joined);
}

}  // namespace millrace::postgres
