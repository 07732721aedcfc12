// Mounts as kubelet and container runtimes make them; the lines are real ones, cut.
#include "config/stale_mounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kPod = "/var/lib/kubelet/pods/0b1c/volumes/kubernetes.io~configmap/endpoints";

std::string line(const std::string& root, const std::string& point) {
  return "812 790 8:1 " + root + " " + point + " ro,relatime master:1 - ext4 /dev/vda1 rw,discard\n";
}

TEST(StaleMounts, AWholeVolumeIsFine) {
  const std::string mounts = line("/", "/") + line(kPod, "/etc/discovery.d") + line("/lib/discovery-client/discovery.d", "/shared/discovery.d");
  EXPECT_THAT(stale_mounts(mounts, "/etc/discovery.d"), IsEmpty());
  EXPECT_THAT(stale_mounts(mounts, "/shared/discovery.d"), IsEmpty());
  EXPECT_THAT(stale_mounts("", "/etc/discovery.d"), IsEmpty());
}

TEST(StaleMounts, AKeyMountedBySubPathNeverChanges) {
  const std::string version = std::string(kPod) + "/..2026_11_22_14_00_00.123456789";
  const std::string mounts = line(kPod, "/etc/discovery.d") + line(version + "/a.conf", "/etc/discovery.d/a.conf") + line(version + "/b.conf", "/etc/other/b.conf");
  const std::vector<Diagnostic> found = stale_mounts(mounts, "/etc/discovery.d");
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].where.file, "/etc/discovery.d/a.conf");
  EXPECT_EQ(found[0].severity, Severity::kWarning);
  EXPECT_THAT(found[0].message, HasSubstr("subPath"));
}

TEST(StaleMounts, AFolderMountedBySubPathNeitherEvenWhenItsSourceIsGone) {
  const std::string mounts = line(std::string(kPod) + "/..2026_11_22_14_00_00.1/zone-a//deleted", "/etc/discovery.d");
  ASSERT_THAT(stale_mounts(mounts, "/etc/discovery.d"), SizeIs(1));
  EXPECT_THAT(stale_mounts(mounts + line(kPod, "/etc/discovery.d"), "/etc/discovery.d"), IsEmpty()) << "the mount on top counts";
}

TEST(StaleMounts, AFileThatIsAMountOfItsOwnKeepsItsContent) {
  const std::string mounts = line("/home/me/a\\040b.conf", "/etc/discovery.d/a\\040b.conf") + line("/x", "/etc/discovery.d/.hidden") + line("/x", "/etc/discovery.d/sub/file");
  const std::vector<Diagnostic> found = stale_mounts(mounts, "/etc/discovery.d");
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].where.file, "/etc/discovery.d/a b.conf");
  EXPECT_THAT(found[0].message, HasSubstr("mount of its own"));
}

TEST(StaleMounts, NamesThatOnlyLookLikeVersionsAreNone) {
  for (const char* root : {"/a/..data/x", "/a/..2026/x", "/a/..x_y", "/..", "/a/.../x"}) EXPECT_THAT(stale_mounts(line(root, "/d"), "/d"), IsEmpty()) << root;
  EXPECT_THAT(stale_mounts("nonsense\n1 2\n\n", "/d"), IsEmpty());
}

}  // namespace
}  // namespace config
