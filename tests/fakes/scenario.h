// Scenarios as text (tests/scenario/*.txt): a command a line, '#' begins a comment. README.md there lists the
// commands.
#pragma once

#include <string>

namespace fakes {

/// Runs the file; empty, or "file:line: what was expected and what was there" with the story so far.
std::string run_scenario(const std::string& file);

}  // namespace fakes
