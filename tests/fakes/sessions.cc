// Each session has a birth number, so that what was due for a former one does not reach its successor.
#include "tests/fakes/sessions.h"

namespace fakes {

using namespace std::chrono_literals;
using reconcile::EndpointId;

bool FakeSessions::alive(const EndpointId& id, std::uint64_t birth) const {
  auto it = running_.find(id);
  return inbox && it != running_.end() && it->second.birth == birth;
}

void FakeSessions::end(const EndpointId& id, std::uint64_t birth, base::Error error) {
  if (!alive(id, birth)) return;
  running_.erase(id);
  inbox->session_down(id, std::move(error));
}

void FakeSessions::start(const EndpointId& id, const nvme::SessionOptions& options) {
  if (running_.contains(id)) violations.push_back("two sessions with " + reconcile::to_string(id));
  const std::uint64_t birth = ++birth_;
  running_[id] = Running{birth, false};
  const std::string where = reconcile::to_string(id);
  ++starts_[where];
  options_.insert_or_assign(where, options);
  Portal* portal = fabric_.find(id.address);
  const Mood mood = portal ? portal->mood : Mood::kSilent;
  if (mood == Mood::kSilent || mood == Mood::kHanging) {
    time_.after(3s, [=, this] {
      end(id, birth, base::Error{base::ErrorKind::kTimeout, where + ": no answer within 3s"});
    });
  } else if (mood == Mood::kRefusing || !portal->discovery) {
    time_.after(1ms, [=, this] {
      end(id, birth, base::Error{base::ErrorKind::kRefused, where + ": connection refused"});
    });
  } else {
    time_.after(2ms, [=, this] {
      if (!alive(id, birth)) return;
      Portal* now = fabric_.find(id.address);
      if (now->mood != Mood::kUp)
        return end(id, birth, base::Error{base::ErrorKind::kClosed, where + ": connection closed"});
      running_[id].up = true;
      inbox->session_up(id, nvme::ControllerInfo{});
      tell_page(id, birth);
    });
  }
}

void FakeSessions::stop(const EndpointId& id) {
  auto it = running_.find(id);
  if (it == running_.end()) {
    violations.push_back("stop of no session: " + reconcile::to_string(id));
    return;
  }
  time_.after(1ms, [=, this, birth = it->second.birth] {
    end(id, birth, base::Error{base::ErrorKind::kCancelled, "stopped"});
  });
}

void FakeSessions::reread(const EndpointId& id) {
  auto it = running_.find(id);
  if (it == running_.end()) return;
  time_.after(1ms, [=, this, birth = it->second.birth] {
    Portal* portal = fabric_.find(id.address);
    if (alive(id, birth) && portal && portal->mood == Mood::kUp) tell_page(id, birth);
  });
}

void FakeSessions::tell_page(const EndpointId& id, std::uint64_t birth) {
  const Portal& portal = *fabric_.find(id.address);
  if (portal.unreadable) end(id, birth, *portal.unreadable);
  else inbox->session_log(id, portal.page);
}

void FakeSessions::page_changed(const std::string& host_port) {
  for (const auto& [id, running] : running_) {
    if (!running.up || reconcile::to_string(id) != host_port) continue;
    time_.after(1ms, [=, this, birth = running.birth] {
      Portal* portal = fabric_.find(id.address);
      if (!alive(id, birth) || portal->mood != Mood::kUp) return;
      inbox->session_event(id);
      tell_page(id, birth);
    });
  }
}

void FakeSessions::mood_changed(const std::string& host_port) {
  for (const auto& [id, running] : running_) {
    if (!running.up || reconcile::to_string(id) != host_port) continue;
    const Mood mood = fabric_.find(id.address)->mood;
    if (mood == Mood::kUp) continue;
    const base::Duration noticed = mood == Mood::kRefusing ? 1ms : 30000ms;
    time_.after(noticed, [=, this, birth = running.birth] {
      Portal* portal = fabric_.find(id.address);
      if (portal->mood == Mood::kUp && noticed > 1ms) return;
      end(id, birth,
          mood == Mood::kRefusing
              ? base::Error{base::ErrorKind::kClosed, host_port + ": connection closed"}
              : base::Error{base::ErrorKind::kTimeout, host_port + ": keep alive timed out"});
    });
  }
}

int FakeSessions::starts(const std::string& host_port) const {
  auto it = starts_.find(host_port);
  return it == starts_.end() ? 0 : it->second;
}

bool FakeSessions::up(const std::string& host_port) const {
  for (const auto& [id, running] : running_) {
    if (reconcile::to_string(id) == host_port && running.up) return true;
  }
  return false;
}

void FakeSessions::agent_gone() {
  inbox = nullptr;
  running_.clear();
}

}  // namespace fakes
