// A story in the language of tests/scenario, from a number: a host, its services and portals, sixty things that happen to
// them, then peace, and the expectation that all is well. Knows nothing of how the agent works.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// The lines at the end of each story that say how it must end.
inline constexpr std::size_t kStoryEnd = 3;

std::vector<std::string> random_story(std::uint64_t seed);
