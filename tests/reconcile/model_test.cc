// Random stories (random_story.h) under the rules that stand between agent and fakes (tests/fakes/rules.h): whatever happens,
// none is broken, and once all is well everything reachable is live. A story that fails is made short and printed as text
// that tests/scenario can keep. DC_MODEL_SEED=n tells that one; DC_MODEL_ROUNDS=n as many, from a random seed if none is given.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "tests/fakes/minimise.h"
#include "tests/fakes/scenario.h"
#include "tests/reconcile/random_story.h"

namespace {

using fakes::Ending;
using fakes::Lines;
using fakes::Story;

// A few seconds, and as many under a sanitizer, which the presets have in debug builds only.
#ifdef NDEBUG
constexpr int kRounds = 1000;
#else
constexpr int kRounds = 60;
#endif

std::string text_of(const Lines& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

/// The shortest story found that breaks the same rule.
Lines shortest(const Lines& lines, const std::string& rule, const std::function<std::string(Story&)>& also = {}) {
  return fakes::minimise(lines, kStoryEnd, [&](const Lines& some) { return fakes::run_story(some, also).rule() == rule; });
}

TEST(Model, EndsWellWhateverHappens) {
  const char* given = std::getenv("DC_MODEL_SEED");
  const char* rounds_given = std::getenv("DC_MODEL_ROUNDS");
  // The same stories each time unless asked for more: a build's verdict does not depend on chance.
  const std::uint64_t first = given ? std::strtoull(given, nullptr, 10) : rounds_given ? std::random_device{}() : 1;
  const int rounds = rounds_given ? std::atoi(rounds_given) : given ? 1 : kRounds;
  const auto began = std::chrono::steady_clock::now();
  std::uint64_t passes = 0;
  for (int i = 0; i < rounds; ++i) {
    const std::uint64_t seed = first + static_cast<std::uint64_t>(i);
    const Lines story = random_story(seed);
    const Ending ending = fakes::run_story(story);
    passes += ending.passes;
    if (ending.broken.empty()) continue;
    const Lines less = shortest(story, ending.rule());
    const Ending again = fakes::run_story(less);
    ADD_FAILURE() << "after " << i << " stories, DC_MODEL_SEED=" << seed << " breaks a rule: " << ending.broken << "\n"
                  << "The shortest story that breaks it, for a file in tests/scenario:\n\n"
                  << text_of(less) << "\n"
                  << "It ends at line " << again.line << " with: " << again.broken << "\n"
                  << again.told.substr(0, 4000);
    return;
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  std::printf("%d stories from seed %llu: %.0f a second, %.0f passes each\n", rounds, static_cast<unsigned long long>(first),
              rounds / seconds, static_cast<double>(passes) / rounds);
}

/// The tests' own test: a rule that agents do break is found, and what breaks it is told in a handful of lines.
TEST(Model, AFailureIsMadeShort) {
  const auto never_two_and_a_restart = [](Story& story) {
    const bool broken = story.kernel.live().size() >= 2 && story.kernel.attempts("10.0.0.2:4420") >= 2;
    return broken ? std::string("made-up: two are live, and one portal was tried twice") : std::string();
  };
  Lines story;
  for (std::uint64_t seed = 1; story.empty() && seed < 1000; ++seed) {
    Lines lines = random_story(seed);
    if (fakes::run_story(lines, never_two_and_a_restart).rule() == "made-up") story = std::move(lines);
  }
  ASSERT_FALSE(story.empty());
  const Lines less = shortest(story, "made-up", never_two_and_a_restart);
  EXPECT_EQ(fakes::run_story(less, never_two_and_a_restart).rule(), "made-up") << text_of(less);
  EXPECT_LE(less.size(), kStoryEnd + 9) << text_of(less);
  for (std::size_t i = 0; i + kStoryEnd < less.size(); ++i) {
    Lines fewer = less;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_NE(fakes::run_story(fewer, never_two_and_a_restart).rule(), "made-up") << "without line " << i + 1 << " of\n" << text_of(less);
  }
}

}  // namespace
