// Probes and names: what a portal's mood makes of an ICReq, what a test's DNS says.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "reconcile/ports.h"
#include "tests/fakes/fabric.h"
#include "tests/fakes/timeline.h"

namespace fakes {

class FakeNetwork final : public reconcile::Network {
 public:
  FakeNetwork(Timeline& time, Fabric& fabric) : time_(time), fabric_(fabric) {}

  void probe(const nvme::TransportId& portal, const nvme::PreflightOptions& options) override {
    ++probes_[nvme::to_string(portal)];
    if (!asking_.insert(portal).second) violations.push_back("two probes of " + nvme::to_string(portal));
    ++probing_;
    most_at_once = std::max(most_at_once, probing_);
    Portal* there = fabric_.find(portal);
    const Mood mood = there ? there->mood : Mood::kSilent;
    const base::Duration takes = mood == Mood::kSilent ? options.deadline : std::chrono::milliseconds(1);
    time_.after(takes, [this, portal, mood, life = life_] {
      if (!inbox || life != life_) return;
      --probing_;
      asking_.erase(portal);
      const std::string name = nvme::to_string(portal);
      if (mood == Mood::kSilent)
        inbox->probed(portal, base::fail(base::ErrorKind::kTimeout, name + ": no answer"));
      else if (mood == Mood::kRefusing)
        inbox->probed(portal, base::fail(base::ErrorKind::kRefused, name + ": connection refused"));
      else inbox->probed(portal, std::chrono::nanoseconds(200000));
    });
  }

  void resolve(const std::string& host) override {
    ++lookups[host];
    time_.after(std::chrono::milliseconds(5), [this, host, life = life_] {
      if (!inbox || life != life_) return;
      auto it = names.find(host);
      if (dns_down || it == names.end())
        inbox->resolved(host, base::fail(base::ErrorKind::kNotFound, host + ": does not resolve"));
      else inbox->resolved(host, it->second);
    });
  }

  void agent_gone() {
    ++life_;
    inbox = nullptr;
    probing_ = 0;
    asking_.clear();
  }

  int probes(const std::string& host_port) const {
    auto it = probes_.find(host_port);
    return it == probes_.end() ? 0 : it->second;
  }

  reconcile::Inbox* inbox{nullptr};
  bool dns_down{false};
  std::map<std::string, std::vector<nvme::IpAddress>> names{};
  std::map<std::string, int> lookups{};
  int most_at_once{0};
  std::vector<std::string> violations{};

 private:
  Timeline& time_;
  Fabric& fabric_;
  std::uint64_t life_{1};
  int probing_{0};
  std::set<nvme::TransportId> asking_{};
  std::map<std::string, int> probes_{};
};

}  // namespace fakes
