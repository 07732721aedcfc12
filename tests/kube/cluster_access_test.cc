// Inside a pod or not, and tokens that are replaced on disk.
#include "kube/cluster_access.h"

#include <gtest/gtest.h>

#include "kube/token_bucket.h"
#include "tests/fakes/kube/fake_api_server.h"

namespace {

using namespace std::chrono_literals;
using fakes::TemporaryFolder;
using kube::ClusterAccess;
using kube::find_cluster;
using kube::TokenBucket;
using kube::TokenFile;

kube::Lookup table(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto it = values.find(name);
    return it == values.end() ? std::nullopt : std::optional(it->second);
  };
}

TEST(FindCluster, OutsideAPodThereIsNone) {
  const TemporaryFolder dir;
  EXPECT_EQ(*find_cluster(table({}), dir.path()), std::nullopt);
  EXPECT_EQ(*find_cluster(table({{"KUBERNETES_SERVICE_HOST", ""}}), dir.path()), std::nullopt);
  EXPECT_EQ(*find_cluster(table({{"KUBERNETES_SERVICE_HOST", "10.96.0.1"}}), dir.path()), std::nullopt) << "no token is mounted";
}

TEST(FindCluster, ReadsWhatAPodIsTold) {
  const TemporaryFolder dir;
  dir.write("token", "t");
  dir.write("namespace", "storage\n");
  const auto access = find_cluster(table({{"KUBERNETES_SERVICE_HOST", "10.96.0.1"}, {"KUBERNETES_SERVICE_PORT", "6443"}}), dir.path());
  ASSERT_TRUE(access && *access);
  EXPECT_EQ(to_string(**access), "10.96.0.1:6443");
  EXPECT_EQ((*access)->name_space, "storage");
  EXPECT_EQ((*access)->ca_file, dir.path() + "/ca.crt");
  for (const char* host : {"fd00::1", "[fd00::1]"}) {
    const auto v6 = find_cluster(table({{"KUBERNETES_SERVICE_HOST", host}}), dir.path());
    ASSERT_TRUE(v6 && *v6);
    EXPECT_EQ((*v6)->host, "fd00::1");
    EXPECT_EQ(to_string(**v6), "[fd00::1]:443");
  }
  const auto bad = find_cluster(table({{"KUBERNETES_SERVICE_HOST", "10.96.0.1"}, {"KUBERNETES_SERVICE_PORT", "tcp"}}), dir.path());
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().kind, base::ErrorKind::kInvalid);
}

TEST(Token, IsReadAgainAfterAMinuteAndKeptWhereItCantBe) {
  const TemporaryFolder dir;
  const std::string path = dir.write("token", "one\n");
  TokenFile file(path);
  base::TimePoint now{1h};
  EXPECT_EQ(file.token(now)->reveal(), "one");
  dir.write("token", "two");
  EXPECT_EQ(file.token(now + 59s)->reveal(), "one");
  EXPECT_EQ(file.token(now + 60s)->reveal(), "two");
  dir.write("token", "");
  EXPECT_EQ(file.token(now + 10min)->reveal(), "two") << "half-written: the last good one";
}

TEST(Token, RefusedMeansLookAtOnce) {
  const TemporaryFolder dir;
  TokenFile file(dir.write("token", "one"));
  const base::TimePoint now{1h};
  ASSERT_TRUE(file.token(now));
  EXPECT_FALSE(file.refused(now)) << "still the same: asking again is no use";
  dir.write("token", "two");
  EXPECT_TRUE(file.refused(now));
  EXPECT_EQ(file.token(now)->reveal(), "two");
}

TEST(Token, ThatNeverWasIsAnError) {
  const TemporaryFolder dir;
  TokenFile file(dir.path() + "/token");
  ASSERT_FALSE(file.token(base::TimePoint{1h}));
  EXPECT_EQ(file.token(base::TimePoint{1h}).error().kind, base::ErrorKind::kNotFound);
}

TEST(TokenBucket, IsABurstAndThenARate) {
  TokenBucket bucket(3, 10s);
  const base::TimePoint start{1h};
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(bucket.next(start), start);
    bucket.take(start);
  }
  EXPECT_EQ(bucket.next(start), start + 10s);
  bucket.take(start + 10s);
  EXPECT_EQ(bucket.next(start + 15s), start + 20s);
  bucket.take(start + 45s);  // three came, one goes
  bucket.take(start + 45s);
  bucket.take(start + 45s);
  EXPECT_EQ(bucket.next(start + 45s), start + 55s) << "it was full: the next one is a whole time away";
}

}  // namespace
