// read_directory: what is read, what is skipped, what stays while a file can't be read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>

#include "config/directory.h"
#include "tests/config/temporary_directory.h"

namespace config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> hosts(const Intent& intent) {
  std::vector<std::string> result{};
  for (const EndpointSpec& spec : intent.endpoints) result.push_back(spec.host);
  return result;
}

Intent read(const std::string& path, const Intent& last = {}, const std::set<std::string>& unsettled = {}) {
  std::set<std::string> files;
  for (const std::string& name : unsettled) files.insert(path + "/" + name);
  base::Result<Intent> intent = read_directories({path}, {}, last, files);
  EXPECT_TRUE(intent.has_value()) << (intent ? "" : intent.error().message);
  return intent.value_or(Intent{});
}

TEST(Directory, UnitesAllFilesInNameThenLineOrder) {
  TemporaryDirectory dir;
  write_text(dir / "b", "-a 10.0.0.3\n");
  write_text(dir / "a.conf", "-a 10.0.0.2\n-a 10.0.0.1\n");
  write_text(dir / "c.txt", "-a 10.0.0.1\n");  // the same endpoint: said once, silently
  Intent intent = read(dir.path());
  EXPECT_THAT(hosts(intent), ElementsAre("10.0.0.2", "10.0.0.1", "10.0.0.3"));
  EXPECT_THAT(intent.diagnostics, IsEmpty());
  EXPECT_EQ(intent.files, 3);
  EXPECT_EQ(intent.endpoints[0].where, (SourceLocation{dir / "a.conf", 1, 1}));
}

TEST(Directory, SeveralDirectoriesAreOneSet) {
  TemporaryDirectory maps;
  TemporaryDirectory shared;
  write_text(maps / "z", "-a 10.0.0.1\n");
  write_text(shared / "a", "-a 10.0.0.2\n-a 10.0.0.1\n");
  base::Result<Intent> both = read_directories({maps.path(), shared.path()});
  ASSERT_TRUE(both);
  EXPECT_THAT(hosts(*both), ElementsAre("10.0.0.1", "10.0.0.2"));
  EXPECT_EQ(both->files, 2);
  EXPECT_FALSE(read_directories({maps.path(), shared / "none"})) << "never read: unknown, not empty";
  std::filesystem::rename(shared.path(), shared.path() + ".away");
  base::Result<Intent> without = read_directories({maps.path(), shared.path()}, {}, *both);
  std::filesystem::rename(shared.path() + ".away", shared.path());
  ASSERT_TRUE(without);
  EXPECT_THAT(hosts(*without), ElementsAre("10.0.0.1", "10.0.0.2")) << "read before: its last texts count";
  ASSERT_THAT(without->diagnostics, SizeIs(1));
  EXPECT_THAT(to_string(without->diagnostics[0]), HasSubstr("what was read there last still counts"));
}

TEST(Directory, ConflictingOptionsNameBothPlaces) {
  TemporaryDirectory dir;
  write_text(dir / "a", "-a 10.0.0.1 -l 60\n");
  write_text(dir / "b", "# other\n-a 10.0.0.1 -l 70\n");
  Intent intent = read(dir.path());
  ASSERT_THAT(intent.endpoints, SizeIs(1));
  EXPECT_EQ(intent.endpoints[0].tunables.ctrl_loss_tmo, 60);
  ASSERT_THAT(intent.diagnostics, SizeIs(1));
  EXPECT_THAT(to_string(intent.diagnostics[0]), HasSubstr((dir / "b") + ":2:1: warning: "));
  EXPECT_THAT(to_string(intent.diagnostics[0]), HasSubstr((dir / "a") + ":1:1"));
}

TEST(Directory, SkipsHiddenTemporaryAndWhatIsNoFile) {
  TemporaryDirectory dir;
  write_text(dir / ".hidden", "-a 10.0.0.1\n");
  write_text(dir / "tmp.dc.123", "-a 10.0.0.2\n");
  std::filesystem::create_directory(dir / "subdirectory");
  write_text(dir / "subdirectory/x", "-a 10.0.0.3\n");
  ASSERT_EQ(mkfifo((dir / "fifo").c_str(), 0600), 0);
  std::filesystem::create_symlink("nowhere", dir / "dangling");
  Intent intent = read(dir.path());
  EXPECT_THAT(hosts(intent), IsEmpty());
  EXPECT_THAT(intent.diagnostics, IsEmpty());
  EXPECT_EQ(intent.files, 0);
}

// B24: a ConfigMap's files are links into ..data, and only the link ..data changes.
TEST(Directory, B24_ReadsAConfigMapThroughItsLinks) {
  TemporaryDirectory dir;
  std::filesystem::create_directory(dir / "..2026_01_01");
  write_text(dir / "..2026_01_01/a.conf", "-a 10.0.0.1\n");
  std::filesystem::create_directory_symlink("..2026_01_01", dir / "..data");
  std::filesystem::create_symlink("..data/a.conf", dir / "a.conf");
  EXPECT_THAT(hosts(read(dir.path())), ElementsAre("10.0.0.1"));
}

// B25: removals and changed options were ignored.
TEST(Directory, B25_EveryReadIsWholeSoRemovalsAndEditsCount) {
  TemporaryDirectory dir;
  write_text(dir / "a", "-a 10.0.0.1 -l 60\n-a 10.0.0.2\n");
  write_text(dir / "b", "-a 10.0.0.3\n");
  Intent first = read(dir.path());
  std::filesystem::remove(dir / "b");
  write_text(dir / "a", "-a 10.0.0.1 -l 70 -I 01234567-89ab-cdef-0123-456789abcdef\n");
  Intent second = read(dir.path(), first);
  ASSERT_THAT(hosts(second), ElementsAre("10.0.0.1"));
  EXPECT_EQ(second.endpoints[0].tunables.ctrl_loss_tmo, 70);
  EXPECT_TRUE(second.endpoints[0].hostid.has_value());
}

TEST(Directory, AFileThatIsBeingWrittenKeepsItsLastText) {
  TemporaryDirectory dir;
  write_text(dir / "a", "-a 10.0.0.1\n");
  Intent first = read(dir.path());
  write_text(dir / "a", "-a 10.0");
  write_text(dir / "new", "-a 10.0.0.2");
  Intent second = read(dir.path(), first, {"a", "new"});
  EXPECT_THAT(hosts(second), ElementsAre("10.0.0.1"));
  EXPECT_THAT(second.diagnostics, IsEmpty());
  EXPECT_THAT(hosts(read(dir.path(), second)), ElementsAre("10.0.0.2"));
}

TEST(Directory, AFileThatCannotBeReadKeepsItsLastText) {
  TemporaryDirectory dir;
  write_text(dir / "a", "-a 10.0.0.1\n");
  Intent first = read(dir.path());
  std::filesystem::remove(dir / "a");
  std::filesystem::create_symlink("a", dir / "a");  // a loop: ELOOP
  Intent second = read(dir.path(), first);
  EXPECT_THAT(hosts(second), ElementsAre("10.0.0.1"));
  ASSERT_THAT(second.diagnostics, SizeIs(1));
  EXPECT_EQ(second.diagnostics[0].severity, Severity::kError);
}

TEST(Directory, AFileThatIsTooLargeIsADiagnostic) {
  TemporaryDirectory dir;
  write_text(dir / "a", std::string(1024 * 1024 + 1, '#'));
  write_text(dir / "b", "-a 10.0.0.1\n");
  Intent intent = read(dir.path());
  EXPECT_THAT(hosts(intent), ElementsAre("10.0.0.1"));
  EXPECT_THAT(intent.diagnostics, SizeIs(1));
}

TEST(Directory, AMissingDirectoryIsUnknownNotEmpty) {
  TemporaryDirectory dir;
  base::Result<Intent> intent = read_directories({dir / "missing"});
  ASSERT_FALSE(intent.has_value());
  EXPECT_EQ(intent.error().kind, base::ErrorKind::kNotFound);
}

}  // namespace
}  // namespace config
