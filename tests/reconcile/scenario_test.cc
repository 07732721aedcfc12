// Runs every tests/scenario/*.txt as a case of its own.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/fakes/scenario.h"

namespace {

std::vector<std::string> scenarios() {
  std::vector<std::string> out;
  for (const auto& file : std::filesystem::directory_iterator(std::string(DC_TEST_DATA) + "/scenario")) {
    if (file.path().extension() == ".txt") out.push_back(file.path().stem());
  }
  std::ranges::sort(out);
  return out;
}

class Scenario : public testing::TestWithParam<std::string> {};

TEST_P(Scenario, EndsAsTold) {
  EXPECT_EQ(fakes::run_scenario(std::string(DC_TEST_DATA) + "/scenario/" + GetParam() + ".txt"), "");
}

INSTANTIATE_TEST_SUITE_P(All, Scenario, testing::ValuesIn(scenarios()),
                         [](const auto& case_info) { return case_info.param; });

}  // namespace
