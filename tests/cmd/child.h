// The built program as a child process, its output caught; and a folder that goes away with the test.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace cmd_test {

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  /// Makes folders on the way.
  void write(const std::string& name, const std::string& text) const;

 private:
  std::string path_;
};

struct Finished {
  int status{-1};  ///< exit status, or 128 + signal
  std::string out{};
  std::string err{};
};

class Child {
 public:
  /// Starts the program with these arguments and variables ("NAME=value"); none but PATH is handed down.
  explicit Child(const std::vector<std::string>& arguments, std::vector<std::string> environment = {});
  ~Child();  ///< SIGKILL if it still runs
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void send(int signal) const;
  /// Waits for the end, at most `limit`; status -1: it still runs.
  Finished wait(std::chrono::milliseconds limit);
  /// Until standard output holds `text`, or `limit`.
  bool prints(const std::string& text, std::chrono::milliseconds limit);
  /// Until standard error holds `text`, or `limit`.
  bool says(const std::string& text, std::chrono::milliseconds limit);
  std::string err();
  pid_t pid() const { return pid_; }

 private:
  bool ended();

  TemporaryFolder folder_{};
  pid_t pid_{-1};
  int status_{-1};
};

/// Runs to the end, 30 s at most.
Finished run(const std::vector<std::string>& arguments);

/// A TCP port of 127.0.0.1 that nobody listened on a moment ago.
std::uint16_t free_port();

}  // namespace cmd_test
