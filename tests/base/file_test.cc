// Files: bounded reads, atomic writes, first writer wins.
#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

namespace base {
namespace {

namespace fs = std::filesystem;

class FileTest : public testing::Test {
 protected:
  FileTest() {
    std::string name = (fs::temp_directory_path() / "dc-file-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~FileTest() override { fs::remove_all(directory_); }
  std::string path(const std::string& name) const { return directory_ + "/" + name; }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory_), fs::directory_iterator{}));
  }
  std::string directory_;
};

TEST_F(FileTest, WritesAndReadsBack) {
  ASSERT_TRUE(write_file_atomic(path("a"), "one", 0600));
  EXPECT_EQ(read_file(path("a"), 3).value(), "one");
  ASSERT_TRUE(write_file_atomic(path("a"), std::string(100'000, 'x'), 0600));
  EXPECT_EQ(read_file(path("a"), 200'000).value(), std::string(100'000, 'x'));
  EXPECT_EQ(files(), 1U);  // no temporary files stay
  struct stat info {};
  ASSERT_EQ(::stat(path("a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(FileTest, ReadsAreBoundedAndNamed) {
  ASSERT_TRUE(write_file_atomic(path("a"), "four", 0600));
  EXPECT_EQ(read_file(path("a"), 4).value(), "four");
  const Result<std::string> big = read_file(path("a"), 3);
  ASSERT_FALSE(big);
  EXPECT_EQ(big.error().kind, ErrorKind::kInvalid);
  const Result<std::string> missing = read_file(path("b"), 3);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(missing.error().message.find(path("b")), std::string::npos);
  EXPECT_EQ(read_file(directory_, 3).error().kind, ErrorKind::kInvalid);
  EXPECT_FALSE(read_file("/dev/zero", 100));
}

TEST_F(FileTest, AFifoDoesNotHang) {
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  EXPECT_EQ(read_file(path("fifo"), 100).error().kind, ErrorKind::kInvalid);
}

TEST_F(FileTest, TheFirstOfTwoCreatorsWins) {
  ASSERT_TRUE(create_file_once(path("id"), "first", 0644));
  const Result<void> second = create_file_once(path("id"), "second", 0644);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kExists);
  EXPECT_EQ(read_file(path("id"), 100).value(), "first");
  EXPECT_EQ(files(), 1U);
}

TEST_F(FileTest, ManyCreatorsMakeOneFile) {
  std::vector<std::thread> threads;
  std::atomic<int> winners{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] { winners += create_file_once(path("id"), std::to_string(i), 0644) ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(winners, 1);
  EXPECT_EQ(read_file(path("id"), 100).value().size(), 1U);
  EXPECT_EQ(files(), 1U);
}

TEST_F(FileTest, WritingToNowhereSaysWhere) {
  const Result<void> result = write_file_atomic(path("none/a"), "x", 0600);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(result.error().message.find(path("none/")), std::string::npos);
  ASSERT_TRUE(make_directories(path("d"), 0755));
  EXPECT_FALSE(write_file_atomic(path("d"), "x", 0600));  // a directory is in the way
  EXPECT_EQ(files(), 1U);
}

TEST_F(FileTest, MakesDirectoriesOnce) {
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(make_directories(path("x/y//z/"), 0755));
    EXPECT_TRUE(fs::is_directory(path("x/y/z")));
  }
  EXPECT_TRUE(make_directories("/", 0755));
  EXPECT_FALSE(make_directories("", 0755));
  ASSERT_TRUE(write_file_atomic(path("f"), "", 0600));
  EXPECT_EQ(make_directories(path("f/g"), 0755).error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace base
