// A line of a discovery.d file as words: quotes, escapes and comments are gone, every byte still knows its
// column. Knows no options.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace config {

struct Word {
  std::string text{};
  std::vector<int> columns{};  ///< of each byte of `text` in the line, from 1
  int column{0};               ///< where the word begins, its opening quote included

  /// Where byte `index` of the text stands; past the end: just behind the last byte.
  int column_of(std::size_t index) const;
};

struct Words {
  std::vector<Word> words{};
  std::string error{};  ///< empty: the whole line could be read
  int error_column{0};
};

/// Blanks and tabs part words; '#' where a word would begin starts a comment; '…' is literal; in "…" a
/// backslash escapes '"' and '\' and is itself elsewhere. `line` has no line end. Control bytes are an error.
Words split_words(std::string_view line);

/// Puts `node_name` where "${NODE_NAME}" stands; its bytes have the column of the '$'. False, with `error` and its
/// column, for any other "${", and where the name is empty.
bool put_node_name(Words& words, const std::string& node_name);

}  // namespace config
