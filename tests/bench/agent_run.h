// The agent as a child process with a folder of its own in memory, and what /proc and its /metrics say of it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>

namespace bench {

/// A new folder, in memory where there is /dev/shm; gone with the object.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_{};
};

inline constexpr const char* kHostNqn = "nqn.2014-08.org.nvmexpress:uuid:3f1d6d1e-52a5-4b5c-8d53-3a6b1f0e9a11";

/// One line of discovery.d.
std::string service_line(std::uint16_t port, const std::string& group);

class AgentRun {
 public:
  struct Memory {
    double rss_mib{0};
    double anonymous_mib{0};
    double peak_mib{0};
  };
  struct Passes {
    double count{0};
    double seconds{0};
  };

  /// Starts `agent serve`. `more` is further YAML; files of discovery.d are there already or come later.
  AgentRun(const std::string& agent, const std::filesystem::path& folder, const std::string& sysfs_root,
           const std::string& fabrics_device, const std::string& more = {});
  ~AgentRun();
  AgentRun(const AgentRun&) = delete;
  AgentRun& operator=(const AgentRun&) = delete;

  Memory memory() const;
  /// User and system time of all its threads so far.
  std::chrono::nanoseconds cpu() const;
  /// From its /metrics.
  Passes passes() const;
  /// Of one sample without labels, or with exactly these ("name{…}"); -1: not there.
  double metric(const std::string& sample) const;
  std::string get(const std::string& path) const;
  /// Its exit status after SIGTERM.
  int stop();

 private:
  pid_t pid_{-1};
  std::uint16_t port_{0};
};

/// As many files as the system allows.
void raise_file_limit();

}  // namespace bench
