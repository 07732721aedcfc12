// "; did you mean …?" for a subject that is not there: what holds the word, else what is few edits away. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cmd {

/// At most `limit` candidates, nearest first: those that hold `word` (case apart), then the one that base::nearest() finds.
std::vector<std::string> near(std::string_view word, const std::vector<std::string>& candidates, std::size_t limit = 5);
/// "; near: a, b" or, where nothing is near, "; there are: a, b, …" or nothing at all.
std::string near_words(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace cmd
