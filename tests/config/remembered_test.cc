// internal.json: the seed's file is read, the seed can read ours, and no text whatever stops the agent.
#include "config/remembered.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "config/wall_time.h"
#include "tests/config/temporary_directory.h"

namespace config {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

nvme::IpAddress ip(std::string_view text) { return *nvme::IpAddress::parse(text); }

base::WallTime moment(std::int64_t milliseconds) {
  return base::WallTime{std::chrono::milliseconds{milliseconds}};
}

Remembered example() {
  RememberedEndpoint configured{.transport = {.traddr = ip("10.0.0.1"),
                                              .trsvcid = 8010,
                                              .host_traddr = ip("10.0.0.9"),
                                              .host_iface = "eth0"},
                                .hostnqn = "hostnqn1",
                                .hostid = "01234567-89ab-4def-8123-456789abcdef",
                                .group = "cluster1",
                                .configured_at = {"a.conf", 3, 1}};
  configured.log = nvme::LogPage{.genctr = 0xffffffffffffffff, .entries = {}};
  configured.log->entries.push_back({.trtype = 3,
                                     .adrfam = 1,
                                     .subtype = 2,
                                     .treq = 4,
                                     .portid = 7,
                                     .cntlid = 0xffff,
                                     .asqsz = 32,
                                     .eflags = 1,
                                     .trsvcid = "4420",
                                     .subnqn = "nqn.2014-08.org.example:s1",
                                     .traddr = "10.0.0.1",
                                     .sectype = 2});
  configured.log_read_at = moment(1'700'000'000'123);
  RememberedEndpoint referred{.transport = {.traddr = ip("fe80::1%eth0")},
                              .group = "cluster1",
                              .referrer = "10.0.0.1:8010",
                              .depth = 2};
  return {.endpoints = {configured, referred}, .written_at = moment(1'700'000'001'000)};
}

TEST(Remembered, ComesBackAsItWas) {
  base::Result<Remembered> back = decode_remembered(encode_remembered(example()));
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(*back, example());
}

TEST(Remembered, HasTheKeysThatTheSeedReads) {
  const nlohmann::json file = nlohmann::json::parse(encode_remembered(example()));
  EXPECT_EQ(file.at("creation_time"), "2023-11-14T22:13:21.000Z");
  const nlohmann::json entry = file.at("entries").at(0);
  EXPECT_EQ(entry.at("Transport"), "tcp");
  EXPECT_EQ(entry.at("Trsvcid"), 8010);
  EXPECT_EQ(entry.at("Traddr"), "10.0.0.1");
  EXPECT_EQ(entry.at("Hostnqn"), "hostnqn1");
  EXPECT_EQ(entry.at("Hostid"), "01234567-89ab-4def-8123-456789abcdef");
  EXPECT_EQ(entry.at("Subsysnqn"), "cluster1");
  EXPECT_EQ(entry.at("Persistent"), true);
  EXPECT_EQ(entry.at("Hostaddr"), "10.0.0.9");
  EXPECT_EQ(entry.at("EntrySource"), "user");
  EXPECT_TRUE(entry.at("CtrlLossTMO").is_null());
  EXPECT_EQ(file.at("entries").at(1).at("EntrySource"), "referral");
}

TEST(Remembered, ReadsTheSeedsFile) {
  base::Result<Remembered> read = decode_remembered(R"({
  "entries": [
    {"Transport":"tcp","Trsvcid":8009,"Traddr":"10.0.0.1","Hostnqn":"h1","Hostid":"","Subsysnqn":"s1","Persistent":true,"Hostaddr":"","EntrySource":"user","CtrlLossTMO":null},
    {"Transport":"tcp","Trsvcid":8009,"Traddr":"10.0.0.2","Hostnqn":"h1","Hostid":"","Subsysnqn":"s1","Persistent":true,"Hostaddr":"","EntrySource":"referral","CtrlLossTMO":60},
    {"Transport":"tcp","Trsvcid":8009,"Traddr":"node3.example","Hostnqn":"h1","Hostid":"","Subsysnqn":"s1","Persistent":true,"Hostaddr":"","EntrySource":"user","CtrlLossTMO":null}
  ],
  "creation_time": "2024-12-05T12:11:12.123456789+02:00"
})");
  ASSERT_TRUE(read.has_value()) << read.error().message;
  ASSERT_THAT(read->endpoints, SizeIs(2)) << "host names stand in the files as well";
  EXPECT_EQ(read->endpoints[0].referrer, "");
  EXPECT_EQ(read->endpoints[1].referrer, kUnknownReferrer);
  EXPECT_EQ(base::to_string(read->written_at), "2024-12-05T10:11:12.123Z");
  EXPECT_THAT(decode_remembered(R"({"creation_time":"0001-01-01T00:00:00Z"})")->endpoints, IsEmpty());
}

TEST(Remembered, TheSeedsFileCountsOnlyWhileTheDirectoryIsOlder) {
  constexpr std::string_view kSeeds = R"({"entries":[{"Traddr":"10.0.0.2","Trsvcid":8009,"Hostnqn":"h1","Subsysnqn":"s1","EntrySource":"internal"}],
                                          "creation_time":"2024-12-05T10:11:12.123456789Z"})";
  const base::WallTime written = decode_remembered(kSeeds)->written_at;
  const auto endpoints_after = [&](std::string_view text, std::optional<base::WallTime> changed) {
    LoadedRemembered loaded{*decode_remembered(text), {}};
    apply_freshness(loaded, changed);
    EXPECT_EQ(loaded.diagnostics.size(), loaded.remembered.endpoints.empty() ? 1U : 0U);
    return loaded.remembered.endpoints.size();
  };
  EXPECT_EQ(endpoints_after(kSeeds, written), 1U);
  EXPECT_EQ(endpoints_after(kSeeds, written - std::chrono::hours(1)), 1U);
  EXPECT_EQ(endpoints_after(kSeeds, std::nullopt), 1U) << "unknown is not absent";
  EXPECT_EQ(endpoints_after(kSeeds, written + std::chrono::milliseconds(1)), 0U);
  const std::string ours = encode_remembered(example());
  EXPECT_GT(endpoints_after(ours, example().written_at + std::chrono::hours(1)), 0U) << "no clock decides about ours";
  EXPECT_FALSE(decode_remembered(encode_remembered(Remembered{}))->by_the_seed);
}

TEST(Remembered, ADirectoryKnowsWhenItChanged) {
  const TemporaryDirectory dir;
  EXPECT_LE(changed_at({dir / "nothing", dir.path()}), base::wall_now() + std::chrono::seconds(1));
  EXPECT_EQ(changed_at({dir / "nothing"}), std::nullopt);
}

TEST(Remembered, NothingInTheTextIsTrusted) {
  const std::string good = encode_remembered(example());
  auto broken = [&](const std::string& what, const std::string& instead) {
    std::string text = good;
    std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    text.replace(at, what.size(), instead);
    base::Result<Remembered> read = decode_remembered(text);
    EXPECT_FALSE(read.has_value()) << instead;
    return read ? std::string() : read.error().message;
  };
  EXPECT_EQ(broken("\"Trsvcid\":8010", "\"Trsvcid\":70000"),
            "entry 0: Trsvcid: expected a whole number from 1 to 65535");
  broken("\"Trsvcid\":8010", "\"Trsvcid\":-1");
  broken("\"Trsvcid\":8010", "\"Trsvcid\":18446744073709551615");
  broken("\"Trsvcid\":8010", "\"Trsvcid\":80.5");
  broken("\"Trsvcid\":8010", "\"Trsvcid\":\"8010\"");
  broken("\"hostnqn1\"", "\"a,b\"");
  broken("\"hostnqn1\"", "17");
  broken("\"eth0\"", "\"eth0,x\"");
  broken("\"tcp\"", "\"rdma\"");
  broken("\"depth\":2", "\"depth\":9");
  broken("\"line\":3", "\"line\":-3");
  broken("\"10.0.0.9\"", "\"ten\"");
  broken("\"genctr\":18446744073709551615", "\"genctr\":-1");
  broken("\"2023-11-14T22:13:21.000Z\"", "\"yesterday\"");
  broken("[3,1,2,4,", "[3,1,2,4,5,");
  broken("[3,1,2,4,", "[256,1,2,4,");
  broken("[3,1,2,4,", "[\"3\",1,2,4,");
  EXPECT_FALSE(decode_remembered("[]").has_value());
  EXPECT_FALSE(decode_remembered("{\"entries\":{}}").has_value());
  EXPECT_FALSE(decode_remembered("{\"entries\":[1]}").has_value());
  EXPECT_FALSE(decode_remembered(good.substr(0, good.size() / 2)).has_value());
}

TEST(Remembered, DeepNestingCostsNothing) {
  std::string deep(1'000'000, '[');
  EXPECT_FALSE(decode_remembered("{\"entries\":" + deep).has_value());
  EXPECT_FALSE(decode_remembered("{\"entries\":[" + deep + std::string(deep.size(), ']') + "]}").has_value());
}

TEST(Remembered, HostileBytesInALogPageDoNotStopTheWriter) {
  Remembered hostile = example();
  hostile.endpoints[0].log->entries[0].subnqn = "\xff\xfe\x01\"";
  base::Result<Remembered> back = decode_remembered(encode_remembered(hostile));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->endpoints[0].log->entries[0].subnqn, "\xef\xbf\xbd\xef\xbf\xbd\x01\"");
}

TEST(Remembered, SavesAndLoads) {
  TemporaryDirectory dir;
  EXPECT_THAT(load_remembered(dir / "internal.json").diagnostics, IsEmpty()) << "missing: a first start";
  ASSERT_TRUE(save_remembered(dir / "internal.json", example()).has_value());
  LoadedRemembered loaded = load_remembered(dir / "internal.json");
  EXPECT_THAT(loaded.diagnostics, IsEmpty());
  EXPECT_EQ(loaded.remembered, example());
}

// B15: the seed did not start any more.
TEST(Remembered, B15_ACorruptFileIsSetAsideAndTheAgentStarts) {
  for (const char* text : {"", "{\"entries\":[", "\xff\xff", "{\"entries\":[{\"Trsvcid\":\"x\"}]}"}) {
    TemporaryDirectory dir;
    write_text(dir / "internal.json", text);
    LoadedRemembered loaded = load_remembered(dir / "internal.json");
    EXPECT_THAT(loaded.remembered.endpoints, IsEmpty());
    ASSERT_THAT(loaded.diagnostics, SizeIs(1));
    EXPECT_THAT(to_string(loaded.diagnostics[0]), HasSubstr("internal.json: warning: "));
    EXPECT_EQ(read_text(dir / "internal.json.corrupt"), text);
    EXPECT_FALSE(std::filesystem::exists(dir / "internal.json"));
  }
}

TEST(WallTime, Rfc3339) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z"), moment(0));
  EXPECT_EQ(parse_rfc3339("1970-01-01T01:00:00.5+01:00"), moment(500));
  EXPECT_EQ(parse_rfc3339("1969-12-31T23:00:00-01:00"), moment(0));
  for (std::string_view bad :
       {"", "1970-01-01", "1970-01-01T00:00:00", "1970-02-30T00:00:00Z", "1970-01-01T24:00:00Z",
        "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00+1:00", "1970-01-01T00:00:00Zx", "1970-13-01T00:00:00Z",
        "-970-01-01T00:00:00Z", "0000-01-01T00:00:00+01:00"}) {
    EXPECT_EQ(parse_rfc3339(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace config
