// A walk finds what a search would find, also where keys are missing on either side.
#include "base/sorted_walk.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

TEST(SortedWalk, FindsWhatIsThereAndNothingElse) {
  const std::map<int, std::string> words{{1, "one"}, {4, "four"}, {5, "five"}, {9, "nine"}};
  base::SortedWalk walk(words, base::key_of);
  for (int key = 0; key < 12; ++key) {
    const auto* found = walk.at(key);
    const auto expected = words.find(key);
    ASSERT_EQ(found != nullptr, expected != words.end()) << key;
    if (found) EXPECT_EQ(found->second, expected->second);
  }
}

TEST(SortedWalk, TheSameKeyTwiceIsFoundTwice) {
  const std::set<std::string> names{"a", "b"};
  base::SortedWalk walk(names);
  EXPECT_TRUE(walk.at(std::string("b")));
  EXPECT_TRUE(walk.at(std::string("b")));
  EXPECT_FALSE(walk.at(std::string("c")));
}

TEST(SortedWalk, KeysOfMembersAndOfNothing) {
  struct Item {
    int key;
  };
  const std::vector<Item> items{{2}, {3}};
  base::SortedWalk walk(items, &Item::key);
  EXPECT_EQ(walk.at(1), nullptr);
  EXPECT_EQ(walk.at(3), &items[1]);
  const std::vector<Item> none;
  base::SortedWalk empty(none, &Item::key);
  EXPECT_EQ(empty.at(0), nullptr);
}
