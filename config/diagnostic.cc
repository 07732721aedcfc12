// The one spelling of a place in a text: what compilers print, so that editors jump there.
#include "config/diagnostic.h"

namespace config {

std::string to_string(const SourceLocation& where) {
  std::string text = where.file;
  if (where.line == 0) return text;
  text += ":" + std::to_string(where.line);
  if (where.column != 0) text += ":" + std::to_string(where.column);
  return text;
}

std::string to_string(const Diagnostic& diagnostic) {
  std::string text = to_string(diagnostic.where);
  if (!text.empty()) text += ": ";
  text += diagnostic.severity == Severity::kError ? "error: " : "warning: ";
  return text + diagnostic.message;
}

}  // namespace config
