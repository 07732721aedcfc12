// A value that many hold and nobody changes: copies cost a pointer, not memory. For what thousands of records have in
// common.
#pragma once

#include <memory>
#include <utility>

namespace base {

/// Never empty: made from nothing it is T's default. Compares by value. Safe to read and copy from several threads.
template <class T>
class Shared {
 public:
  Shared() : value_(nothing()) {}
  Shared(T value) : value_(std::make_shared<const T>(std::move(value))) {}  // NOLINT: as good as a T
  /// Part of something that is shared as a whole; not null.
  explicit Shared(std::shared_ptr<const T> part) : value_(std::move(part)) {}

  const T& operator*() const { return *value_; }
  const T* operator->() const { return value_.get(); }

  friend bool operator==(const Shared& a, const Shared& b) { return a.value_ == b.value_ || *a.value_ == *b.value_; }

 private:
  static const std::shared_ptr<const T>& nothing() {
    static const std::shared_ptr<const T> made = std::make_shared<const T>();
    return made;
  }
  std::shared_ptr<const T> value_;
};

}  // namespace base
