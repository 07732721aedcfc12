// A text that can't be printed: DH-HMAC-CHAP secrets and keys. Only reveal() shows it, and only the kernel's
// option string and the authentication code may call that.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <utility>

namespace base {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  bool empty() const { return text_.empty(); }
  std::string_view reveal() const { return text_; }
  friend bool operator==(const Secret&, const Secret&) = default;
  friend auto operator<=>(const Secret&, const Secret&) = default;

 private:
  std::string text_{};
};

inline std::string_view to_string(const Secret& secret) { return secret.empty() ? "" : "***"; }

}  // namespace base
