// A host for the program to run on: folders of its own for everything that it reads and writes, and a discovery service.
#pragma once

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cmd/http_client.h"
#include "tests/cmd/child.h"
#include "tests/target/discovery_target.h"

namespace cmd_test {

using namespace std::chrono_literals;

constexpr auto kPatience = 20s;  // sanitizers on a busy machine

struct Host {
  Host() {
    std::filesystem::create_directories(folder / "sys/class/nvme");
    std::filesystem::create_directories(folder / "dev");
    folder.write("agent.yaml", "clientConfigDir: " + (folder / "discovery.d") + "\ninternalDir: " + (folder / "internal") + "\nrunDir: " + (folder / "run") +
                                   "\nsysfsRoot: " + (folder / "sys") + "\nfabricsDevice: " + (folder / "dev/nvme-fabrics") + "\nnvmeHostIDPath: " +
                                   (folder / "nvme/hostid") + "\nhostNQNPath: " + (folder / "nvme/hostnqn") + "\ndebug:\n  endpoint: 127.0.0.1:" +
                                   std::to_string(port) + "\n");
  }
  std::string yaml() const { return folder / "agent.yaml"; }
  cmd::HttpReply get(const std::string& path) const {
    auto reply = cmd::http_get({"127.0.0.1", port}, path, 10s);
    return reply ? *reply : cmd::HttpReply{0, reply.error().message};
  }
  /// Asks until `fine` likes the status.
  bool status_becomes(const std::function<bool(const nlohmann::json&)>& fine) const {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < end) {
      const auto json = nlohmann::json::parse(get("/status").body, nullptr, false);
      if (json.is_object() && fine(json)) return true;
    }
    return false;
  }
  /// Asks until /readyz answers with `status` and holds `part`: snapshots follow what happened, they don't wait for it.
  bool readiness_becomes(int status, const std::string& part = "") const {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < end) {
      const cmd::HttpReply reply = get("/readyz");
      if (reply.status == status && reply.body.find(part) != std::string::npos) return true;
    }
    return false;
  }
  std::vector<std::string> files() const {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) out.push_back(entry.path().string());
    std::ranges::sort(out);
    return out;
  }

  TemporaryFolder folder{};
  std::uint16_t port{free_port()};
};

struct Service {
  Service() : target(std::move(*target::DiscoveryTarget::start())) {}
  std::string port() const { return std::to_string(target->port()); }
  std::string line() const { return "-t tcp -a 127.0.0.1 -s " + port() + "\n"; }
  std::unique_ptr<target::DiscoveryTarget> target;
};

}  // namespace cmd_test
