// Who the host is: what the files say, what is made where there is nothing, and what is never touched.
// Tests run as any user, root too, so a directory that can't be written is a path below a regular file.
#include "config/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/config/temporary_directory.h"

namespace config {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kUuid = "01234567-89ab-4def-8123-456789abcdef";
constexpr const char* kOther = "99999999-89ab-4def-8123-456789abcdef";
const std::string kUuidNqn = std::string("nqn.2014-08.org.nvmexpress:uuid:") + kUuid;

class Identity : public testing::Test {
 protected:
  Identity() {
    std::filesystem::create_directory(dir_ / "nvme");
    std::filesystem::create_directory(dir_ / "internal");
    config_.host_nqn_path = dir_ / "nvme/hostnqn";
    config_.nvme_host_id_path = dir_ / "nvme/hostid";
    config_.internal_dir = dir_ / "internal";
  }

  /// /etc/nvme can't be written, nor does it hold anything.
  void make_host_folder_unusable() {
    write_text(dir_ / "file", "");
    config_.host_nqn_path = dir_ / "file/hostnqn";
    config_.nvme_host_id_path = dir_ / "file/hostid";
  }

  std::string pair(const HostDefaults& defaults) {
    return defaults.identity
               ? defaults.identity->hostnqn.str() + " " + nvme::to_string(defaults.identity->hostid)
               : "none";
  }

  TemporaryDirectory dir_;
  AgentConfig config_{};
};

TEST_F(Identity, IsWhatTheTwoFilesSay) {
  write_text(config_.host_nqn_path, "  hostnqn1 \n");
  write_text(config_.nvme_host_id_path, "\n" + std::string(kUuid) + "\r\n");
  HostDefaults defaults = read_host_defaults(config_, true);
  EXPECT_EQ(pair(defaults), std::string("hostnqn1 ") + kUuid);
  EXPECT_THAT(defaults.diagnostics, IsEmpty());
  EXPECT_THAT(defaults.source, HasSubstr(config_.host_nqn_path));
}

TEST_F(Identity, AMissingHalfIsCompletedFromTheOther) {
  write_text(config_.host_nqn_path, kUuidNqn + "\n");
  EXPECT_EQ(pair(read_host_defaults(config_, false)), kUuidNqn + " " + kUuid);
  std::filesystem::remove(config_.host_nqn_path);
  write_text(config_.nvme_host_id_path, kUuid);
  EXPECT_EQ(pair(read_host_defaults(config_, false)), kUuidNqn + " " + kUuid);
}

TEST_F(Identity, AHostNqnWithoutUuidGetsAHostIdThatStays) {
  write_text(config_.host_nqn_path, "hostnqn1\n");
  EXPECT_EQ(pair(read_host_defaults(config_, false)), "none");
  std::string made = pair(read_host_defaults(config_, true));
  EXPECT_THAT(made, testing::StartsWith("hostnqn1 "));
  EXPECT_EQ(pair(read_host_defaults(config_, false)), made);
  EXPECT_EQ(read_text(config_.host_nqn_path), "hostnqn1\n");
}

TEST_F(Identity, IsMadeOnceAndReadEverAfter) {
  HostDefaults none = read_host_defaults(config_, false);
  EXPECT_EQ(pair(none), "none");
  EXPECT_THAT(none.diagnostics, SizeIs(1));
  HostDefaults made = read_host_defaults(config_, true);
  ASSERT_TRUE(made.identity.has_value());
  EXPECT_EQ(made.identity->hostnqn.str(),
            "nqn.2014-08.org.nvmexpress:uuid:" + nvme::to_string(made.identity->hostid));
  EXPECT_EQ((made.identity->hostid.bytes()[6] & 0xf0), 0x40) << "a random UUID, version 4";
  EXPECT_EQ(pair(read_host_defaults(config_, true)), pair(made));
  EXPECT_EQ(read_text(config_.nvme_host_id_path), nvme::to_string(made.identity->hostid) + "\n");
}

TEST_F(Identity, IsKeptInInternalDirWhereEtcCannotBeWritten) {
  make_host_folder_unusable();
  std::string made = pair(read_host_defaults(config_, true));
  EXPECT_NE(made, "none");
  EXPECT_EQ(pair(read_host_defaults(config_, true)), made);
  EXPECT_TRUE(std::filesystem::exists(dir_ / "internal/hostid"));
}

TEST_F(Identity, TheHostsOwnFilesGoBeforeOurCopy) {
  write_text(dir_ / "internal/hostnqn", "ours\n");
  write_text(dir_ / "internal/hostid", std::string(kOther) + "\n");
  EXPECT_EQ(pair(read_host_defaults(config_, true)), std::string("ours ") + kOther);
  write_text(config_.host_nqn_path, kUuidNqn + "\n");
  EXPECT_EQ(pair(read_host_defaults(config_, true)), kUuidNqn + " " + kUuid);
}

TEST_F(Identity, HalfWrittenByAKilledAgentIsCompletedToTheSamePair) {
  write_text(config_.nvme_host_id_path, std::string(kUuid) + "\n");  // the hostid is written first
  EXPECT_EQ(pair(read_host_defaults(config_, true)), kUuidNqn + " " + kUuid);
}

// B29: a read error made the seed write a new UUID over the file.
TEST_F(Identity, B29_AReadErrorNeverOverwrites) {
  std::filesystem::create_directory(config_.nvme_host_id_path);  // reading it is EISDIR
  HostDefaults defaults = read_host_defaults(config_, true);
  EXPECT_EQ(pair(defaults), "none");
  ASSERT_THAT(defaults.diagnostics, SizeIs(1));
  EXPECT_EQ(defaults.diagnostics[0].severity, Severity::kError);
  EXPECT_TRUE(std::filesystem::is_directory(config_.nvme_host_id_path));
  EXPECT_FALSE(std::filesystem::exists(config_.host_nqn_path));
  EXPECT_TRUE(std::filesystem::is_empty(dir_ / "internal"));
}

TEST_F(Identity, AFileThatMakesNoSenseIsLeftAlone) {
  write_text(config_.nvme_host_id_path, "not-a-uuid\n");
  HostDefaults defaults = read_host_defaults(config_, true);
  EXPECT_EQ(pair(defaults), "none");
  EXPECT_EQ(defaults.diagnostics.at(0).severity, Severity::kError);
  EXPECT_EQ(read_text(config_.nvme_host_id_path), "not-a-uuid\n");
}

TEST_F(Identity, AnEmptyFileIsNoIdentity) {
  write_text(config_.nvme_host_id_path, "");
  write_text(config_.host_nqn_path, "\n");
  std::string made = pair(read_host_defaults(config_, true));
  EXPECT_NE(made, "none");
  EXPECT_EQ(pair(read_host_defaults(config_, true)), made);
  EXPECT_EQ(read_text(config_.nvme_host_id_path), "");
}

nvme::Nqn nqn(const std::string& text) { return *nvme::Nqn::parse(text); }

TEST(HostIdBook, KeepsOneHostIdPerHostNqn) {
  TemporaryDirectory dir;
  HostIdBook book(dir / "hostids.json");
  EXPECT_THAT(book.load(), IsEmpty());
  base::Result<nvme::HostId> a = book.id_for(nqn("a"));
  base::Result<nvme::HostId> b = book.id_for(nqn("b"));
  ASSERT_TRUE(a && b);
  EXPECT_NE(*a, *b);
  EXPECT_EQ(*book.id_for(nqn("a")), *a);
  HostIdBook again(dir / "hostids.json");
  EXPECT_THAT(again.load(), IsEmpty());
  EXPECT_EQ(again.ids(), book.ids());
  EXPECT_EQ(*again.id_for(nqn("b")), *b);
}

TEST(HostIdBook, ADamagedBookIsSetAside) {
  for (const char* text :
       {"", "{", "[]", "{\"a\": 1}", "{\"a\": \"no uuid\"}",
        "{\"a,b\": \"01234567-89ab-4def-8123-456789abcdef\"}", "{\"a\": {\"b\": {\"c\": 1}}}"}) {
    TemporaryDirectory dir;
    write_text(dir / "hostids.json", text);
    HostIdBook book(dir / "hostids.json");
    EXPECT_THAT(book.load(), SizeIs(1)) << text;
    EXPECT_EQ(read_text(dir / "hostids.json.corrupt"), text);
    EXPECT_TRUE(book.id_for(nqn("a")).has_value());
  }
}

TEST(HostIdBook, AReadErrorNeverOverwrites) {
  TemporaryDirectory dir;
  std::filesystem::create_directory(dir / "hostids.json");
  HostIdBook book(dir / "hostids.json");
  EXPECT_THAT(book.load(), SizeIs(1));
  EXPECT_FALSE(book.id_for(nqn("a")).has_value());
  EXPECT_TRUE(std::filesystem::is_directory(dir / "hostids.json"));
}

TEST(HostIdBook, AnIdThatCannotBeKeptIsNotGiven) {
  TemporaryDirectory dir;
  write_text(dir / "file", "");
  HostIdBook book(dir / "file/hostids.json");
  EXPECT_THAT(book.load(), IsEmpty());
  EXPECT_FALSE(book.id_for(nqn("a")).has_value());
  EXPECT_THAT(book.ids(), IsEmpty());
}

}  // namespace
}  // namespace config
