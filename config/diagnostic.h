// Where a text says something, and what is wrong with it there.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace config {

struct SourceLocation {
  std::string file{};  ///< as a person would type it; empty: not from a file
  int line{0};         ///< from 1; 0: the file as a whole
  int column{0};       ///< from 1; 0: the line as a whole
  friend bool operator==(const SourceLocation&, const SourceLocation&) = default;
  friend auto operator<=>(const SourceLocation&, const SourceLocation&) = default;
};
/// "file:line:column", without the parts that are 0.
std::string to_string(const SourceLocation& where);

enum class Severity : std::uint8_t { kWarning, kError };

/// kError: this line (or key) does not count. kWarning: it counts, but somebody should look.
struct Diagnostic {
  SourceLocation where{};
  Severity severity{Severity::kError};
  std::string message{};  ///< what, and what to do; never a secret
  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};
/// "file:3:14: error: …".
std::string to_string(const Diagnostic& diagnostic);

}  // namespace config
