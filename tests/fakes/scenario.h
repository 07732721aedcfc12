// Scenarios as text (tests/scenario/*.txt): a command a line, '#' begins a comment. README.md there lists the
// commands.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/fakes/story.h"

namespace fakes {

/// Runs the file; empty, or "file:line: what was expected and what was there" with the story so far.
std::string run_scenario(const std::string& file);

/// How a story in that language ended.
struct Ending {
  std::string broken{};  ///< the rule and how, or what is wrong with the line; empty: it ended as told
  std::size_t line{0};   ///< at which it did, from 1
  std::string told{};    ///< the agent's changes until then
  std::uint64_t passes{0};

  /// "bounded-attempts", "progress", "expected" …: two stories that break the same rule fail alike.
  std::string rule() const { return broken.substr(0, broken.find(':')); }
};

/// `also`: a rule of the caller's own, asked after each line; empty while it holds.
Ending run_story(const std::vector<std::string>& lines, const std::function<std::string(Story&)>& also = {});

}  // namespace fakes
