// Times are the ones that were measured: 3.1 s for a portal that swallows packets, 60.6 s for one that
// answers ICReq and then nothing.
#include "tests/fakes/kernel.h"

#include <algorithm>
#include <cerrno>

namespace fakes {

using nvme::ControllerState;
using namespace std::chrono_literals;

namespace {

std::string portal_of(const nvme::TransportId& transport) {
  return nvme::host_port(transport.traddr, transport.trsvcid);
}

bool going(const nvme::Controller& c) {
  return c.state == ControllerState::kDeleting || c.state == ControllerState::kDead;
}

}  // namespace

void FakeKernel::read_features() {
  time_.after(1ms, [this] {
    if (!inbox) return;
    if (has_fabrics) {
      inbox->features_read(nvme::FabricsFeatures::oldest());
    } else {
      inbox->features_read(
          base::fail(base::ErrorKind::kNotFound, "/dev/nvme-fabrics is missing: modprobe nvme-fabrics"));
    }
  });
}

void FakeKernel::connect(const nvme::ConnectOptions& options, const nvme::FabricsFeatures&) {
  auto same = [&](const Request& r) { return r.life == life_ && r.options.path == options.path; };
  if ((busy_ && same(*busy_)) || std::ranges::any_of(queue_, same)) {
    violations.push_back("two connects in flight: " + nvme::to_string(options.path));
  }
  for (const nvme::Controller& c : controllers_) {
    if (shown_.contains(births_[c.instance]) && !going(c) &&
        c.transport.traddr == options.path.transport.traddr &&
        c.transport.trsvcid == options.path.transport.trsvcid && c.subsysnqn == options.path.subnqn &&
        c.hostnqn == options.path.hostnqn) {
      violations.push_back("connect for a path that sysfs shows as " + c.device + ": " +
                           nvme::to_string(options.path));
    }
  }
  queue_.push_back(Request{options, life_, time_.now()});
  if (!busy_) work();
}

void FakeKernel::work() {
  if (busy_ || queue_.empty()) return;
  busy_ = std::move(queue_.front());
  queue_.pop_front();
  busy_since_ = time_.now();
  if (held_.gives_back(busy_->options.path.transport, busy_->queued_at)) {
    time_.after(0ms, [this, request = *std::exchange(busy_, std::nullopt)] {
      if (inbox && request.life == life_) inbox->connect_ended(request.options.path, base::fail(base::ErrorKind::kCancelled, "not sent"), 0ms);
    });
    return work();
  }
  const std::string portal = portal_of(busy_->options.path.transport);
  ++attempts_[portal];
  order_.push_back(nvme::to_string(busy_->options.path));
  time_.after(0ms, [this, path = busy_->options.path, life = busy_->life] {
    if (inbox && life == life_) inbox->connect_started(path);
  });
  if (blocked_.contains(portal)) return;
  Portal* target = fabric_.find(busy_->options.path.transport);
  const Mood mood = target ? target->mood : Mood::kSilent;
  const base::Duration takes = mood == Mood::kUp         ? connect_takes
                               : mood == Mood::kRefusing ? 1ms
                               : mood == Mood::kSilent   ? 3100ms
                                                         : 60600ms;
  end_after(takes);
}

void FakeKernel::end_after(base::Duration takes) {
  time_.after(takes, [this, number = order_.size()] {
    if (!busy_ || number != order_.size()) return;  // ended already
    const Request request = *busy_;
    finish(request, outcome(request), busy_since_);
  });
}

void FakeKernel::release(const std::string& host_port) {
  if (blocked_.erase(host_port) == 0) return;
  if (busy_ && portal_of(busy_->options.path.transport) == host_port) end_after(0ms);
}

void FakeKernel::mend() {
  refusals_.clear();
  vanishing.clear();
  has_fabrics = true;
  while (!blocked_.empty()) release(std::string(*blocked_.begin()));
}

base::Result<nvme::ConnectedController> FakeKernel::outcome(const Request& request) {
  const reconcile::Path& path = request.options.path;
  const std::string name = nvme::to_string(path);
  if (auto refusal = refusals_.find(portal_of(path.transport));
      refusal != refusals_.end() && refusal->second.first > 0) {
    --refusal->second.first;
    return std::unexpected(refusal->second.second);
  }
  const std::string hostid = nvme::to_string(request.options.hostid);
  if (has_already(path, hostid))
    return base::fail(base::ErrorKind::kExists, "connect " + name + ": EALREADY", EALREADY);
  if (knows_host_otherwise(path.hostnqn, hostid))
    return base::fail(base::ErrorKind::kInvalid, "connect " + name + ": EINVAL", EINVAL);
  Portal* target = fabric_.find(path.transport);
  if (!target || target->mood == Mood::kSilent)
    return base::fail(base::ErrorKind::kTimeout, "connect " + name + ": ETIMEDOUT", ETIMEDOUT);
  if (target->mood == Mood::kRefusing)
    return base::fail(base::ErrorKind::kRefused, "connect " + name + ": ECONNREFUSED", ECONNREFUSED);
  if (target->mood == Mood::kHanging || !target->subsystems.contains(path.subnqn)) {
    return base::fail(base::ErrorKind::kIo, "connect " + name + ": EIO", EIO);
  }
  nvme::Controller& made = create(path, hostid, request.options.tunables.ctrl_loss_tmo);
  const nvme::ConnectedController out{made.instance, made.cntlid};
  if (vanishing.contains(portal_of(path.transport))) remove("nvme" + std::to_string(out.instance));
  return out;
}

void FakeKernel::finish(const Request& request, base::Result<nvme::ConnectedController> result,
                        base::TimePoint began) {
  busy_.reset();
  if (!result && request.life == life_) held_.failed(request.options.path.transport, result.error(), time_.now() - began, time_.now());
  if (inbox && request.life == life_)
    inbox->connect_ended(request.options.path, std::move(result), time_.now() - began);
  work();
}

nvme::Controller& FakeKernel::create(const reconcile::Path& path, const std::string& hostid,
                                     std::optional<int> loss_tmo) {
  int instance = 0;
  while (by_device("nvme" + std::to_string(instance))) ++instance;
  nvme::Controller c;
  c.instance = instance;
  c.device = "nvme" + std::to_string(instance);
  c.state = ControllerState::kLive;
  c.transport = path.transport;
  c.subsysnqn = path.subnqn;
  c.hostnqn = path.hostnqn;
  c.hostid = hostid;
  c.cntrltype = "io";
  c.cntlid = static_cast<std::uint16_t>(++birth_);
  c.ctrl_loss_tmo = ctrl_loss_tmo ? ctrl_loss_tmo : loss_tmo.value_or(600);
  c.inode = birth_;
  births_[instance] = birth_;
  tell(c.device);
  auto at = std::ranges::lower_bound(controllers_, instance, {}, &nvme::Controller::instance);
  return *controllers_.insert(at, std::move(c));
}

bool FakeKernel::has_already(const reconcile::Path& path, const std::string& hostid) const {
  return std::ranges::any_of(controllers_, [&](const nvme::Controller& c) {
    return c.transport == path.transport && c.subsysnqn == path.subnqn && c.hostnqn == path.hostnqn &&
           c.hostid == hostid && !going(c);
  });
}

/// Linux since 6.5 (NVME_TCP_FACTS 4.4).
bool FakeKernel::knows_host_otherwise(const std::string& hostnqn, const std::string& hostid) const {
  return std::ranges::any_of(controllers_, [&](const nvme::Controller& c) {
    return (c.hostnqn == hostnqn) != (c.hostid == hostid) && !going(c);
  });
}

nvme::Controller* FakeKernel::by_device(const std::string& device) {
  auto it = std::ranges::find(controllers_, device, &nvme::Controller::device);
  return it == controllers_.end() ? nullptr : &*it;
}

std::string FakeKernel::connect_by_hand(const std::string& host_port, const std::string& subnqn,
                                        const std::string& hostnqn, const std::string& hostid) {
  const reconcile::Path path{Fabric::address(host_port), subnqn, hostnqn};
  if (has_already(path, hostid) || knows_host_otherwise(hostnqn, hostid)) return {};
  fabric_.portal(host_port).subsystems.insert(subnqn);  // or it could not have been connected
  return create(path, hostid, std::nullopt).device;
}

void FakeKernel::remove(const std::string& device) {
  std::erase_if(controllers_, [&](const nvme::Controller& c) { return c.device == device; });
  tell(device);
}

void FakeKernel::change(const std::string& device, const std::function<void(nvme::Controller&)>& how) {
  if (nvme::Controller* c = by_device(device)) how(*c);
}

void FakeKernel::tell(const std::string& device) {
  time_.after(1ms, [this, device] {
    if (inbox && uevent) uevent(device);
  });
}

void FakeKernel::portal_changed(const std::string& host_port) {
  for (const nvme::Controller& c : controllers_) {
    if (portal_of(c.transport) != host_port || fabric_.has(c.transport, c.subsysnqn)) continue;
    time_.after(notices_loss_after, [this, i = c.instance, b = births_[c.instance]] { lose(i, b); });
  }
}

void FakeKernel::lose(int instance, std::uint64_t birth) {
  nvme::Controller* c = by_device("nvme" + std::to_string(instance));
  if (!c || births_[instance] != birth || c->state != ControllerState::kLive) return;
  if (fabric_.has(c->transport, c->subsysnqn)) return;  // back before anybody noticed
  c->state = ControllerState::kConnecting;
  retry(instance, birth, time_.now());
}

void FakeKernel::retry(int instance, std::uint64_t birth, base::TimePoint lost_at) {
  time_.after(reconnect_every, [=, this] {
    nvme::Controller* c = by_device("nvme" + std::to_string(instance));
    if (!c || births_[instance] != birth || c->state != ControllerState::kConnecting) return;
    if (fabric_.has(c->transport, c->subsysnqn)) {
      c->state = ControllerState::kLive;
      tell(c->device);
    } else if (c->ctrl_loss_tmo.value_or(600) >= 0 &&
               time_.now() - lost_at >= std::chrono::seconds(c->ctrl_loss_tmo.value_or(600))) {
      remove(c->device);
    } else {
      retry(instance, birth, lost_at);
    }
  });
}

void FakeKernel::scan() {
  if (scanning_) violations.push_back("two scans at once");
  scanning_ = true;
  ++scans_;
  // What is read when it begins is reported when it ends: by then it may be old.
  nvme::SysfsSnapshot seen;
  seen.controllers = controllers_;
  seen.fabrics_loaded = has_fabrics;
  seen.tcp_loaded = true;
  seen.native_multipath = true;
  std::set<std::uint64_t> births;
  for (const nvme::Controller& c : controllers_) births.insert(births_[c.instance]);
  time_.after(scan_takes, [this, seen = std::move(seen), births = std::move(births), life = life_] {
    if (!inbox || life != life_) return;
    scanning_ = false;
    shown_.insert(births.begin(), births.end());
    inbox->scanned(seen);
  });
}

void FakeKernel::look(const std::string& device) {
  ++looks_;
  nvme::Controller* found = by_device(device);
  std::optional<nvme::Controller> seen = found ? std::optional(*found) : std::nullopt;
  const std::uint64_t birth = found ? births_[found->instance] : 0;
  time_.after(look_takes, [this, device, birth, seen = std::move(seen), life = life_] {
    if (!inbox || life != life_) return;
    if (seen) shown_.insert(birth);
    inbox->device_read(device, seen);
  });
}

void FakeKernel::agent_gone() {
  ++life_;
  held_ = {};
  inbox = nullptr;
  uevent = nullptr;
  queue_.clear();
  shown_.clear();
  scanning_ = false;
}

std::vector<std::string> FakeKernel::live() const {
  std::vector<std::string> out;
  for (const nvme::Controller& c : controllers_) {
    if (c.state == ControllerState::kLive) out.push_back(c.subsysnqn + " at " + portal_of(c.transport));
  }
  std::ranges::sort(out);
  return out;
}

int FakeKernel::attempts(const std::string& host_port) const {
  auto it = attempts_.find(host_port);
  return it == attempts_.end() ? 0 : it->second;
}

}  // namespace fakes
