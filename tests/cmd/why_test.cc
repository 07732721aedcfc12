// Chains of reasons: the words for a person, the facts for programs, and subjects that nobody knows.
#include "cmd/why.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cmd/status_json.h"
#include "cmd/why_words.h"
#include "reconcile/model.h"
#include "tests/cmd/child.h"
#include "tests/cmd/sample_status.h"

namespace cmd {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

reconcile::Status sample() {
  reconcile::Status s = cmd_test::sample_status();
  // The first service has named the second one's path; the second is a referral of it, and lists nqn.b.
  s.paths[2].named_by = std::vector{s.endpoints[1].id};
  return s;
}

std::string told(const std::string& asked, const Json& status, std::vector<nvme::KernelLine> lines = {}) {
  const auto why = why_json({.asked = asked}, {.status = status, .kernel_log = std::move(lines), .since_boot = 1000s});
  return why ? why_text(*why, false) : why.error().message;
}

TEST(Why, AMissingPathFromLineToAnswer) {
  EXPECT_EQ(told("10.0.0.2:4420", status_json(sample())),
            "10.0.0.2:4420: 0 of 1 path live\n"
            "\n"
            "path to nqn.a at 10.0.0.2:4420\n"
            "  wanted      listed by 10.0.0.1:8009, configured in a.conf:1:1; in generation 7 of its log page, read 5 s ago; session up for 60 s\n"
            "  state       missing for 20 s: the kernel has no such controller\n"
            "  tried       3 times, the last 1 s ago; the last 3 failed\n"
            "  answer      Connection refused (ECONNREFUSED)\n"
            "  hold        backoff: the last try failed\n"
            "  next        tried again in 3 s\n"
            "  changed     2023-11-14T22:13:19.000Z live -> missing (removed \\xc3()\n");
}

TEST(Why, AServiceThatIsAReferral) {
  EXPECT_EQ(told("storage.example", status_json(sample())),
            "storage.example: discovery service 0 of 1 connected\n"
            "\n"
            "discovery service 10.0.0.2:8009 of cluster cluster-a\n"
            "  wanted      a referral of 10.0.0.1:8009, which is configured in a.conf:1:1\n"
            "  session     no session (down) for 30 s\n"
            "  tried       2 times, the last 1 s ago; the last 2 failed\n"
            "  answer      10.0.0.2:8009: connect: Connection refused (ECONNREFUSED)\n"
            "  lists       nothing known: its log page was never read\n"
            "  hold        backoff: the last try failed (Connection refused (ECONNREFUSED))\n"
            "  next        tried again in 3 s\n");
}

TEST(Why, EveryPathOfASubsystemAndEveryThingAtAnAddress) {
  const Json status = status_json(sample());
  const std::string subsystem = told("nqn.a", status);
  EXPECT_THAT(subsystem, HasSubstr("nqn.a: 1 of 2 paths live\n"));
  EXPECT_THAT(subsystem, HasSubstr("  state       live as nvme0 for 50 s\n"));
  EXPECT_THAT(subsystem, HasSubstr("  next        nothing to do\n"));
  const std::string address = told("10.0.0.1", status);
  EXPECT_THAT(address, HasSubstr("10.0.0.1: 1 of 1 path live; discovery service connected\n"));
  EXPECT_THAT(address, HasSubstr("  refused     entry 3 of its log page is not used: subnqn: byte 0x2c"));
  EXPECT_THAT(told("fd00:0:0::1", status), HasSubstr("path to nqn.b at [fd00::1]:4420\n"));
  EXPECT_THAT(told("nqn.old", status), HasSubstr("  wanted      by nobody: no discovery service lists it"));
  EXPECT_THAT(told("nqn.b", status), HasSubstr("listed by 10.0.0.2:8009 (storage.example), a referral of 10.0.0.1:8009, which is configured in a.conf:1:1; in a log page that is not known; "));
}

TEST(Why, FactsForPrograms) {
  const Json status = status_json(sample());
  const Json why = *why_json({.asked = "10.0.0.2:4420"}, {.status = status});
  EXPECT_EQ(why["schema"], 1);
  EXPECT_EQ(why["fine"], false);
  EXPECT_EQ(why["source"], "agent");
  const Json& chain = why["paths"][0]["chain"];
  std::map<std::string, Json> steps;
  for (const Json& link : chain) steps[link["step"]] = link;
  EXPECT_EQ(steps["wanted"]["service"], "10.0.0.1:8009");
  EXPECT_EQ(steps["wanted"]["origins"][0]["where"], "a.conf:1:1");
  EXPECT_EQ(steps["wanted"]["log"]["genctr"], 7);
  EXPECT_EQ(steps["tried"]["last_attempt_seconds"], 1.0);
  EXPECT_EQ(steps["answer"]["error"]["errno_name"], "ECONNREFUSED");
  EXPECT_TRUE(steps["answer"]["error"]["nvme_status"].is_null());
  EXPECT_EQ(steps["hold"]["hold"]["reason"], "backoff");
  EXPECT_EQ(steps["next"]["in_seconds"], 3.0);
  EXPECT_EQ((*why_json({.asked = "nqn.a", .device = "nvme0"}, {.status = status}))["fine"], true);
}

TEST(Why, AnNvmeStatusInWords) {
  reconcile::Status s = sample();
  s.paths[1].attempt.last_error = base::Error{base::ErrorKind::kDenied, "EIO, in the kernel log: Connect for subsystem nqn.a is not allowed, hostnqn: nqn.host", 0x4184, true};
  s.paths[1].hold = reconcile::Hold{reconcile::HoldReason::kParked, s.now + 300s, {}};
  const std::string text = told("10.0.0.2:4420", status_json(s));
  EXPECT_THAT(text, HasSubstr("not allowed, hostnqn: nqn.host (Connect Invalid Host (SCT 1 SC 84h, do not retry)); the target says not to repeat it\n"));
  EXPECT_THAT(text, HasSubstr("  hold        parked: the same request can't succeed"));
  EXPECT_THAT(text, HasSubstr("  next        tried again in 5 min\n"));
}

TEST(Why, TheKernelsOwnLines) {
  const Json status = status_json(sample());
  const std::vector<nvme::KernelLine> lines{
      {700s, "nvme nvme12: new ctrl: NQN \"nqn.other\", addr 10.9.9.9:4420"},
      {701s, "nvme nvme12: Removing ctrl: NQN \"nqn.other\""},
      {800s, "nvme nvme12: new ctrl: NQN \"nqn.b\", addr [fd00::1]:4420"},
      {995s, "nvme nvme12: failed to connect socket: -111"},
      {999s, "nvme nvme7: failed to connect socket: -110"},
  };
  const std::string by_device = told("nqn.b", status, lines);
  EXPECT_THAT(by_device, HasSubstr("  kernel log  nvme nvme12: new ctrl: NQN \"nqn.b\", addr [fd00::1]:4420 (3 min ago)\n"
                                   "              nvme nvme12: failed to connect socket: -111 (5 s ago)\n"));
  EXPECT_THAT(by_device, Not(HasSubstr("nqn.other")));
  EXPECT_THAT(by_device, Not(HasSubstr("nvme7")));
  EXPECT_THAT(told("10.0.0.2:4420", status, lines), HasSubstr("  kernel log  nvme nvme7: failed to connect socket: -110 (1 s ago)\n")) << "the line at the time of the last try";
  const auto denied = why_json({.asked = "nqn.b"}, {.status = status, .kernel_log_error = "open /dev/kmsg: EPERM"});
  EXPECT_THAT(why_text(*denied, false), HasSubstr("  kernel log  not readable: open /dev/kmsg: EPERM\n"));
}

TEST(Why, WithoutAnAgent) {
  Json status = status_json(sample());
  status["paths"][1]["action"] = "connect";
  status["paths"][1]["hold"] = status["paths"][1]["last_error"] = Json();
  const std::string text = why_text(*why_json({.asked = "nqn.a"}, {.status = status, .source = "this host"}), false);
  EXPECT_THAT(text, HasSubstr("No agent answers: this is what files, discovery and sysfs say now.\n"));
  EXPECT_THAT(text, HasSubstr("  next        `serve` would connect it now\n"));
}

TEST(Why, AnUnknownSubjectNamesWhatIsNear) {
  const Json status = status_json(sample());
  EXPECT_THAT(told("nqn.c", status), HasSubstr("nqn.c: no subsystem, address or device of that name is wanted or connected here; did you mean nqn."));
  EXPECT_THAT(told("10.0.0.7", status), HasSubstr("did you mean 10.0.0."));
  EXPECT_THAT(told("zzz", status), HasSubstr("; there are "));
  EXPECT_FALSE(why_json({.asked = ""}, {.status = status}));
  EXPECT_FALSE(why_json({.asked = "x"}, {.status = Json::parse(R"({"paths":[1,{"traddr":7,"named_by":3}],"endpoints":{}})")}));
}

TEST(Why, JsonThatIsNotOursDoesNoHarm) {
  const Json status = Json::parse(R"({"paths":[{"subnqn":"a","desired":true,"named_by":[1,"x"],"hold":3,"attempts":1e300,"last_error":"e","last_error_code":1e300,"since_seconds":-1}],
                                      "endpoints":[{"address":"x","origins":[1,{}],"log":[]},{"address":"y","host":"a","origins":[{"kind":"referral","referrer":"y"}]}],"history":[1,{"subject":3}]})");
  EXPECT_THAT(told("a", status), HasSubstr("path to a at"));
}

TEST(Why, ReferralsInACircleEnd) {
  reconcile::Status s = sample();
  s.endpoints[0].origins = {{reconcile::OriginKind::kReferral, {}, "10.0.0.2:8009"}};
  EXPECT_THAT(told("storage.example", status_json(s)), HasSubstr("a referral of 10.0.0.1:8009, which is a referral of 10.0.0.2:8009"));
}

TEST(Why, EveryHoldHasAMeaning) {
  int known = 0;
  for (int i = 0; i < 64; ++i) {
    const std::string_view name = to_string(static_cast<reconcile::HoldReason>(i));
    if (name == "unknown") continue;
    ++known;
    EXPECT_FALSE(hold_meaning(name).empty()) << name;
  }
  EXPECT_GE(known, 19);
}

TEST(Why, DevicesByTheirName) {
  const cmd_test::TemporaryFolder sys;
  sys.write("class/nvme-subsystem/nvme-subsys3/subsysnqn", "nqn.of-three\n");
  sys.write("class/nvme-subsystem/nvme-subsys3/nvme3n1/size", "1\n");
  const auto subject = [&sys](const char* asked) {
    const WhySubject s = subject_of(asked, sys.path());
    return s.device + "|" + s.subnqn;
  };
  EXPECT_EQ(subject("nvme3"), "nvme3|");
  EXPECT_EQ(subject("/dev/nvme3"), "nvme3|");
  EXPECT_EQ(subject("/dev/nvme3n1p2"), "|nqn.of-three") << "multipath: the number is the subsystem's";
  EXPECT_EQ(subject("nvme3n2"), "nvme3|") << "no multipath: the number is the controller's";
  EXPECT_EQ(subject("nvme3c7n1"), "nvme7|");
  for (const char* other : {"nqn.a", "10.0.0.1", "nvme", "nvmex", "nvme-subsys3", "/dev/sda", "nvme3z"}) EXPECT_EQ(subject(other), "|") << other;
}

}  // namespace
}  // namespace cmd
