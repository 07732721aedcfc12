// The tokenizer of discovery.d lines.
#include "config/words.h"

#include <utility>

namespace config {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

/// Reads one line from left to right; each member function leaves `at_` behind what it took.
class LineReader {
 public:
  explicit LineReader(std::string_view line) : line_(line) {}

  Words read() {
    while (result_.error.empty()) {
      while (at_ < line_.size() && is_blank(line_[at_])) ++at_;
      if (at_ == line_.size() || line_[at_] == '#') break;
      read_word();
    }
    return std::move(result_);
  }

 private:
  int column() const { return static_cast<int>(at_) + 1; }

  void refuse(std::string message, int column) {
    result_.error = std::move(message);
    result_.error_column = column;
  }

  void take(Word& word) {
    if (is_control(line_[at_]))
      return refuse("control byte in the line (only blanks and tabs part words)", column());
    word.columns.push_back(column());
    word.text.push_back(line_[at_++]);
  }

  void read_quoted(Word& word) {
    int opened = column();
    char quote = line_[at_++];
    while (at_ < line_.size() && line_[at_] != quote && result_.error.empty()) {
      bool escape = quote == '"' && line_[at_] == '\\' && at_ + 1 < line_.size() &&
                    (line_[at_ + 1] == '"' || line_[at_ + 1] == '\\');
      if (escape) ++at_;
      take(word);
    }
    if (!result_.error.empty()) return;
    if (at_ == line_.size())
      return refuse(std::string("this ") + quote + " is never closed on its line", opened);
    ++at_;
  }

  void read_word() {
    Word word{.column = column()};
    while (at_ < line_.size() && !is_blank(line_[at_]) && result_.error.empty()) {
      if (line_[at_] == '\'' || line_[at_] == '"') read_quoted(word);
      else take(word);
    }
    if (result_.error.empty()) result_.words.push_back(std::move(word));
  }

  std::string_view line_;
  std::size_t at_{0};
  Words result_{};
};

}  // namespace

int Word::column_of(std::size_t index) const {
  if (index < columns.size()) return columns[index];
  return columns.empty() ? column : columns.back() + 1;
}

bool put_node_name(Words& words, const std::string& node_name) {
  constexpr std::string_view kReference = "${NODE_NAME}";
  for (Word& word : words.words) {
    const std::string_view text = word.text;
    if (!text.contains("${")) continue;
    Word out{.column = word.column};
    for (std::size_t at = 0; at < text.size();) {
      const int column = word.columns[at];
      if (!text.substr(at).starts_with("${")) {
        out.text.push_back(text[at++]);
        out.columns.push_back(column);
        continue;
      }
      words.error_column = column;
      if (!text.substr(at).starts_with(kReference)) words.error = "only ${NODE_NAME} is replaced here; '${' begins something else";
      else if (node_name.empty()) words.error = "${NODE_NAME}: the environment variable NODE_NAME is not set (in a pod: fieldRef spec.nodeName)";
      if (!words.error.empty()) return false;
      out.text += node_name;
      out.columns.insert(out.columns.end(), node_name.size(), column);
      at += kReference.size();
    }
    word = std::move(out);
  }
  return true;
}

Words split_words(std::string_view line) { return LineReader(line).read(); }

}  // namespace config
