#include "tests/fakes/fake_kernel.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace fakes {
namespace {

using base::ErrorKind;
using nvme::ControllerState;

constexpr std::string_view kLinux612 =
    "instance=-1,cntlid=-1,transport=%s,traddr=%s,trsvcid=%s,nqn=%s,queue_size=%d,nr_io_queues=%d,reconnect_"
    "delay=%d,"
    "ctrl_loss_tmo=%d,keep_alive_tmo=%d,hostnqn=%s,host_traddr=%s,host_iface=%s,hostid=%s,duplicate_connect,"
    "disable_sqflow,"
    "hdr_digest,data_digest,nr_write_queues=%d,nr_poll_queues=%d,tos=%d,keyring=%d,tls_key=%d,fast_io_fail_"
    "tmo=%d,discovery,"
    "dhchap_secret=%s,dhchap_ctrl_secret=%s,tls\n";
constexpr int kDefaultCtrlLossTmo = 600;  // Linux, NVMF_DEF_CTRL_LOSS_TMO

std::string portal_of(const nvme::TransportId& id) { return nvme::host_port(id.traddr, id.trsvcid); }

bool goes_away(ControllerState state) {
  return state == ControllerState::kDeleting || state == ControllerState::kDead;
}

}  // namespace

FakeKernel::FakeKernel(TimePoint now)
    : now_(now), features_(nvme::FabricsFeatures::parse(kLinux612).value()) {}

base::Error FakeKernel::nobody_listens() { return nvme::fabrics_error(ECONNREFUSED); }

void FakeKernel::refuse(const Path& path, int times, base::Error error) {
  refusals_[path] = {times, std::move(error)};
}
void FakeKernel::refuse_portal(const nvme::TransportId& portal, base::Error error) {
  refused_portals_[portal_of(portal)] = std::move(error);
}
void FakeKernel::accept_portal(const nvme::TransportId& portal) { refused_portals_.erase(portal_of(portal)); }
void FakeKernel::block(const Path& path) { blocked_.insert(path); }

void FakeKernel::release(const Path& path, base::Result<void> outcome) {
  blocked_.erase(path);
  if (!outcome) refusals_[path] = {1, std::move(outcome.error())};
  if (!queue_.empty() && queue_.front().started && queue_.front().options.path == path)
    later(Duration{0}, [this] { end_connect(); });
}

std::string FakeKernel::connect_by_hand(const Path& path, const std::string& hostid) {
  return add(path, hostid, kDefaultCtrlLossTmo).device;
}

void FakeKernel::lose(const Path& path) {
  set_state(path, ControllerState::kConnecting);
  Held* const lost = held(path);
  if (lost == nullptr) return;
  lost->controller.src_addr.reset();
  const int seconds = lost->controller.ctrl_loss_tmo.value_or(-1);
  if (seconds < 0) return;
  lost->purge_at = now_ + std::chrono::seconds(seconds);
  const int instance = lost->controller.instance;
  later(std::chrono::seconds(seconds), [this, path, instance] {
    const Held* const still = held(path);
    if (still != nullptr && still->controller.instance == instance && still->purge_at &&
        *still->purge_at <= now_)
      remove(path);
  });
}

void FakeKernel::recover(const Path& path) {
  if (Held* const back = held(path)) back->purge_at.reset();
  set_state(path, ControllerState::kLive);
}

void FakeKernel::remove(const Path& path) {
  const Held* const gone = held(path);
  if (gone == nullptr) return;
  const std::string device = gone->controller.device;
  controllers_.erase(gone->controller.instance);
  announce(device);
}

void FakeKernel::set_state(const Path& path, ControllerState state) {
  Held* const one = held(path);
  if (one == nullptr) return;
  one->controller.state = state;
  announce(one->controller.device);
}

std::vector<Path> FakeKernel::live() const {
  std::vector<Path> paths;
  for (const auto& [instance, one] : controllers_)
    if (one.controller.state == ControllerState::kLive)
      paths.push_back({one.controller.transport, one.controller.subsysnqn, one.controller.hostnqn});
  std::ranges::sort(paths);
  return paths;
}

std::optional<nvme::Controller> FakeKernel::controller(const Path& path) const {
  const Held* const one = held(path);
  return one == nullptr ? std::nullopt : std::optional(one->controller);
}

int FakeKernel::attempts(const Path& path) const {
  const auto found = attempts_.find(path);
  return found == attempts_.end() ? 0 : found->second;
}

void FakeKernel::read_features() {
  later(Duration{0}, [this] {
    if (fabrics_missing_)
      inbox_->features_read(base::fail(
          ErrorKind::kNotFound, "open /dev/nvme-fabrics: is the kernel module nvme-fabrics loaded?", ENOENT));
    else inbox_->features_read(features_);
  });
}

void FakeKernel::connect(const nvme::ConnectOptions& options, const nvme::FabricsFeatures&) {
  queue_.push_back({options});
  if (queue_.size() == 1) later(Duration{0}, [this] { begin_connect(); });
}

void FakeKernel::begin_connect() {
  Job& job = queue_.front();
  job.started = now_;
  connects_.push_back(job.options);
  ++attempts_[job.options.path];
  const Path path = job.options.path;
  inbox_->connect_started(path);
  if (!blocked_.contains(path)) later(connect_time_, [this] { end_connect(); });
}

void FakeKernel::end_connect() {
  const Job job = queue_.front();
  base::Result<nvme::ConnectedController> outcome = outcome_of(job.options);
  queue_.pop_front();
  if (!queue_.empty()) later(Duration{0}, [this] { begin_connect(); });
  inbox_->connect_ended(job.options.path, std::move(outcome), now_ - *job.started);
}

base::Result<nvme::ConnectedController> FakeKernel::outcome_of(const nvme::ConnectOptions& options) {
  const Path& path = options.path;
  if (fabrics_missing_)
    return base::fail(ErrorKind::kNotFound, "open /dev/nvme-fabrics: no such device", ENOENT);
  const std::string hostid = to_string(options.hostid);
  for (const auto& [instance, one] : controllers_) {
    const nvme::Controller& there = one.controller;
    if ((there.hostnqn == path.hostnqn) != (there.hostid == hostid))
      return std::unexpected(nvme::fabrics_error(EINVAL));  // 6.12 binds the two to each other
    if (!goes_away(there.state) && there.hostnqn == path.hostnqn && there.subsysnqn == path.subnqn &&
        there.transport == path.transport && !options.tunables.duplicate_connect)
      return std::unexpected(nvme::fabrics_error(EALREADY));
  }
  if (const auto rule = refusals_.find(path); rule != refusals_.end() && rule->second.times > 0) {
    --rule->second.times;
    return std::unexpected(rule->second.error);
  }
  if (const auto rule = refused_portals_.find(portal_of(path.transport)); rule != refused_portals_.end())
    return std::unexpected(rule->second);
  const nvme::Controller& made =
      add(path, hostid, options.tunables.ctrl_loss_tmo.value_or(kDefaultCtrlLossTmo));
  return nvme::ConnectedController{made.instance, made.cntlid};
}

void FakeKernel::scan() {
  if (std::exchange(scan_waits_, true)) return;
  later(Duration{0}, [this] {  // it begins: later calls ask for another
    scan_waits_ = false;
    ++scans_;
    later(scan_time_, [this, seen = snapshot()] { inbox_->scanned(seen); });
  });
}

void FakeKernel::look(const std::string& device) {
  later(Duration{0}, [this, device] {
    for (const auto& [instance, one] : controllers_)
      if (one.controller.device == device) return inbox_->device_read(device, one.controller);
    inbox_->device_read(device, std::nullopt);
  });
}

TimePoint FakeKernel::next_due() const {
  TimePoint due = base::kNever;
  for (const Later& one : later_) due = std::min(due, one.at);
  return due;
}

bool FakeKernel::run_until(TimePoint now) {
  bool any = false;
  while (step(now)) any = true;
  now_ = std::max(now_, now);
  return any;
}

bool FakeKernel::step(TimePoint until) {
  const auto first = std::ranges::min_element(later_, {}, &Later::at);  // the first of equals
  if (first == later_.end() || first->at > until) return false;
  now_ = std::max(now_, first->at);
  const std::function<void()> what = std::move(first->what);
  later_.erase(first);
  what();
  return true;
}

void FakeKernel::later(Duration delay, std::function<void()> what) {
  later_.push_back({now_ + delay, std::move(what)});
}

nvme::Controller& FakeKernel::add(const Path& path, const std::string& hostid, int ctrl_loss_tmo) {
  int instance = 0;  // the lowest free one, as the kernel has it
  while (controllers_.contains(instance)) ++instance;
  nvme::Controller& made = controllers_[instance].controller;
  made.device = "nvme" + std::to_string(instance);
  made.instance = instance;
  made.state = ControllerState::kLive;
  made.transport = path.transport;
  made.subsysnqn = path.subnqn;
  made.hostnqn = path.hostnqn;
  made.hostid = hostid;
  made.cntrltype = "io";
  made.cntlid = static_cast<std::uint16_t>(instance + 1);
  made.ctrl_loss_tmo = ctrl_loss_tmo;
  made.reconnect_delay = 10;
  made.kato = 5;
  made.queue_count = 2;
  announce(made.device);
  return made;
}

const FakeKernel::Held* FakeKernel::held(const Path& path) const {
  for (const auto& [instance, one] : controllers_)
    if (one.controller.transport == path.transport && one.controller.subsysnqn == path.subnqn &&
        one.controller.hostnqn == path.hostnqn)
      return &one;
  return nullptr;
}

FakeKernel::Held* FakeKernel::held(const Path& path) {
  const Held* const found = std::as_const(*this).held(path);
  return found == nullptr ? nullptr : &controllers_.at(found->controller.instance);
}

void FakeKernel::announce(const std::string& device) {
  if (on_uevent_) later(Duration{0}, [this, device] { on_uevent_(device); });
}

nvme::SysfsSnapshot FakeKernel::snapshot() const {
  nvme::SysfsSnapshot seen;
  for (const auto& [instance, one] : controllers_) seen.controllers.push_back(one.controller);
  seen.native_multipath = true;
  seen.fabrics_loaded = !fabrics_missing_;
  seen.tcp_loaded = !fabrics_missing_;
  return seen;
}

}  // namespace fakes
