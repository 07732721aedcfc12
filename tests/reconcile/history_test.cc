// The ring of the last changes: bounded, oldest first, shared by pointer.
#include "reconcile/history.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/fakes/story.h"

namespace reconcile {
namespace {

using namespace std::chrono_literals;

Change change(std::size_t number) { return {{}, ChangeKind::kPath, std::to_string(number), "missing", "live", ""}; }

TEST(History, KeepsTheNewestOldestFirst) {
  HistoryRing ring;
  EXPECT_TRUE(ring.view()->empty());
  for (std::size_t i = 0; i < HistoryRing::kKept + 5; ++i) ring.add(change(i));
  const HistoryPtr view = ring.view();
  ASSERT_EQ(view->size(), HistoryRing::kKept);
  EXPECT_EQ(view->front()->subject, "5");
  EXPECT_EQ(view->back()->subject, std::to_string(HistoryRing::kKept + 4));
  EXPECT_EQ(ring.counts()[static_cast<std::size_t>(ChangeKind::kPath)], HistoryRing::kKept + 5) << "also the forgotten ones";
}

TEST(History, ViewsShareTheirChangesAndNeverChange) {
  HistoryRing ring;
  ring.add(change(1));
  const HistoryPtr before = ring.view();
  EXPECT_EQ(ring.view(), before) << "nothing was added: the same one";
  ring.add(change(2));
  const HistoryPtr after = ring.view();
  EXPECT_EQ(before->size(), 1u);
  EXPECT_EQ(after->size(), 2u);
  EXPECT_EQ(before->front(), after->front()) << "the change itself is shared";
}

TEST(History, TextsAreBounded) {
  HistoryRing ring;
  const Change& kept = ring.add({{}, ChangeKind::kEndpoint, "10.0.0.1:8009", "up", "down", std::string(1 << 20, 'x')});
  EXPECT_EQ(kept.cause.size(), HistoryRing::kTextLimit);
  EXPECT_TRUE(kept.cause.ends_with("..."));
}

TEST(History, KindsAreAClosedListWithOneWordEach) {
  std::set<std::string_view> words;
  for (std::size_t i = 0; i < kChangeKinds; ++i) words.insert(to_string(static_cast<ChangeKind>(i)));
  EXPECT_EQ(words.size(), kChangeKinds);
  EXPECT_FALSE(words.contains("unknown"));
}

/// "path nqn.a at 10.0.0.1:4420: live -> connecting", oldest first.
std::vector<std::string> told(const Status& status) {
  std::vector<std::string> out;
  for (const auto& c : *status.history) out.push_back(std::string(to_string(c->kind)) + " " + c->subject + ": " + c->before + " -> " + c->after);
  return out;
}

TEST(History, TellsAnOutageFromTheFirstReadToTheEnd) {
  fakes::Story story;
  story.fabric.serve("10.0.0.1:8009", "10.0.0.1:4420", "nqn.a");
  story.config("-t tcp -a 10.0.0.1 -s 8009 -n cluster\n");
  story.start_agent();
  story.run(10s);
  const std::vector<std::string> start{
      "configuration clientConfigDir:  -> files: 1, endpoints: 1", "endpoint 10.0.0.1:8009:  -> known",
      "endpoint 10.0.0.1:8009: down -> up", "log-page 10.0.0.1:8009:  -> genctr: 1, entries: 1",
      "agent first sync: under way -> done", "path nqn.a at 10.0.0.1:4420: missing -> live"};
  std::vector<std::string> first = told(*story.status());
  std::ranges::sort(first);
  std::vector<std::string> wanted = start;
  std::ranges::sort(wanted);
  EXPECT_EQ(first, wanted) << story.told();

  story.fabric.set("10.0.0.1:4420", fakes::Mood::kRefusing);
  story.run(30s);
  story.fabric.set("10.0.0.1:4420", fakes::Mood::kUp);
  story.run(30s);
  const std::vector<std::string> all = told(*story.status());
  const std::vector<std::string> outage(all.begin() + static_cast<std::ptrdiff_t>(start.size()), all.end());
  EXPECT_EQ(outage, (std::vector<std::string>{"path nqn.a at 10.0.0.1:4420: live -> connecting", "path nqn.a at 10.0.0.1:4420: connecting -> live"})) << story.told();
  EXPECT_EQ(story.status()->history->size(), all.size());
}

TEST(History, AnaStatesAreToldWhenTheyBecomeOthers) {
  fakes::Story story;
  story.fabric.serve("10.0.0.1:8009", "10.0.0.1:4420", "nqn.a");
  story.config("-t tcp -a 10.0.0.1 -s 8009 -n cluster\n");
  story.start_agent();
  story.run(10s);
  const std::size_t before = story.status()->history->size();
  const auto set = [&story](std::uint16_t optimized, std::uint16_t inaccessible) {
    story.kernel.change("nvme0", [=](nvme::Controller& c) {
      c.ana[static_cast<std::size_t>(nvme::AnaState::kOptimized)] = optimized;
      c.ana[static_cast<std::size_t>(nvme::AnaState::kInaccessible)] = inaccessible;
    });
    story.run(10s);
  };
  set(1, 0);
  EXPECT_EQ(story.path("10.0.0.1:4420")->ana[0], 1) << "in the snapshot, though nothing else happened";
  set(2, 0);
  EXPECT_EQ(story.path("10.0.0.1:4420")->ana[0], 2);
  EXPECT_EQ(story.status()->history->size(), before) << "a namespace more is no news";
  set(0, 2);
  ASSERT_EQ(story.status()->history->size(), before + 1);
  EXPECT_EQ(told(*story.status()).back(), "ana nqn.a at 10.0.0.1:4420: optimized -> inaccessible");
}

TEST(History, AServiceIsDownSinceItWasLostNotSinceTheLastTry) {
  fakes::Story story;
  story.fabric.serve("10.0.0.1:8009", "10.0.0.1:4420", "nqn.a");
  story.config("-t tcp -a 10.0.0.1 -s 8009 -n cluster\n");
  story.start_agent();
  story.run(10s);
  const TimePoint up = story.endpoint("10.0.0.1:8009")->since;
  EXPECT_EQ(story.endpoint("10.0.0.1:8009")->phase, SessionPhase::kUp);
  story.fabric.set("10.0.0.1:8009", fakes::Mood::kRefusing);
  ASSERT_TRUE(story.run_until([&] { return story.endpoint("10.0.0.1:8009")->phase != SessionPhase::kUp; }, 300s));
  const TimePoint lost = story.endpoint("10.0.0.1:8009")->since;
  EXPECT_GT(lost, up);
  story.run(10min);
  EXPECT_GT(story.endpoint("10.0.0.1:8009")->attempt.failures, 3);
  EXPECT_EQ(story.endpoint("10.0.0.1:8009")->since, lost);
  story.fabric.set("10.0.0.1:8009", fakes::Mood::kUp);
  ASSERT_TRUE(story.run_until([&] { return story.endpoint("10.0.0.1:8009")->phase == SessionPhase::kUp; }, 300s));
  EXPECT_GT(story.endpoint("10.0.0.1:8009")->since, lost);
}

TEST(History, WhenALostPathIsPurgedIsKnownToWhoSawItGo) {
  fakes::Story story;
  story.fabric.serve("10.0.0.1:8009", "10.0.0.1:4420", "nqn.a");
  story.config("-t tcp -a 10.0.0.1 -s 8009 -n cluster\n");
  story.start_agent();
  story.run(10s);
  EXPECT_FALSE(story.path("10.0.0.1:4420")->purge_at) << "it is live";
  story.fabric.set("10.0.0.1:4420", fakes::Mood::kRefusing);
  story.run(60s);
  const PathStatus* path = story.path("10.0.0.1:4420");
  ASSERT_EQ(path->state, PathState::kConnecting);
  ASSERT_TRUE(path->purge_at);
  EXPECT_EQ(*path->purge_at, path->since + 600s) << "ctrl_loss_tmo after the loss";
  story.restart_agent();
  story.run(10s);
  EXPECT_EQ(story.path("10.0.0.1:4420")->state, PathState::kConnecting);
  EXPECT_FALSE(story.path("10.0.0.1:4420")->purge_at) << "nobody knows when it was lost";
}

TEST(History, WhatComesBackIsToldToo) {
  fakes::Story story;
  story.kernel.has_fabrics = false;
  story.fabric.serve("10.0.0.1:8009", "10.0.0.1:4420", "nqn.a");
  story.fabric.set("10.0.0.1:4420", fakes::Mood::kSilent);
  story.config("-t tcp -a 10.0.0.1 -s 8009 -n cluster\n");
  story.start_agent();
  story.run(5s);
  story.kernel.has_fabrics = true;
  story.run(90s);
  story.config_unreadable();
  story.run(5s);
  story.config("-t tcp -a 10.0.0.1 -s 8009 -n cluster\n");
  story.fabric.set("10.0.0.1:4420", fakes::Mood::kUp);
  story.run(120s);
  const std::vector<std::string> all = told(*story.status());
  for (const char* wanted : {"kernel nvme-fabrics:  -> missing", "kernel nvme-fabrics: missing -> available", "portal 10.0.0.1:4420:  -> silent", "portal 10.0.0.1:4420: silent -> answering",
                             "configuration clientConfigDir: files: 1, endpoints: 1 -> unreadable", "configuration clientConfigDir: unreadable -> files: 1, endpoints: 1"}) {
    EXPECT_EQ(std::ranges::count(all, wanted), 1) << wanted << "\n" << story.told();
  }
}

}  // namespace
}  // namespace reconcile
