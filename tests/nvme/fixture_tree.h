// A folder of its own for one test, gone with it: fixture trees as sysfs, proc and systemd have them.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace nvme {

class FixtureTree {
 public:
  FixtureTree() {
    std::string pattern = (std::filesystem::temp_directory_path() / "dc-test.XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    root_ = pattern;
  }
  FixtureTree(const FixtureTree&) = delete;
  FixtureTree& operator=(const FixtureTree&) = delete;
  ~FixtureTree() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  const std::string& root() const { return root_; }
  std::string at(std::string_view path) const { return root_ + "/" + std::string(path); }

  void write(std::string_view path, std::string_view text) const {
    const std::filesystem::path full = at(path);
    std::filesystem::create_directories(full.parent_path());
    std::ofstream(full, std::ios::binary) << text;
  }
  void folder(std::string_view path) const { std::filesystem::create_directories(at(path)); }
  void link(std::string_view path, std::string_view target) const {
    const std::filesystem::path full = at(path);
    std::filesystem::create_directories(full.parent_path());
    std::filesystem::create_symlink(target, full);
  }
  void remove(std::string_view path) const { std::filesystem::remove_all(at(path)); }

 private:
  std::string root_{};
};

}  // namespace nvme
