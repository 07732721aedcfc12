// The steps of bringing a discovery controller up, each with its checks.
#include "nvme/association.h"

#include <algorithm>

#include "base/text.h"
#include "nvme/status.h"

namespace nvme {
namespace {

using base::ErrorKind;
using std::chrono::milliseconds;

// CAP.TO may say 127 s; a discovery controller that needs this long is down for us.
constexpr milliseconds kMostReadyTime{30000};
constexpr milliseconds kReadyUnit{500};       // of CAP.TO and CRTO
constexpr milliseconds kLeastReadyTime{500};  // CAP.TO 0 is seen and means "at once"

constexpr std::uint64_t kCapCrms = std::uint64_t{1} << 59;  // CRMS.CRWMS: CRTO holds a longer time
constexpr std::uint64_t kCstsReady = 1;
constexpr std::uint64_t kCstsFatal = 2;
constexpr std::uint64_t kCstsShutdownMask = 0xC;
constexpr std::uint64_t kCstsShutdownComplete = 0x8;

constexpr std::uint8_t kControllerTypeIo = 1;
constexpr std::uint8_t kControllerTypeAdmin = 3;

/// A fixed text field of Identify: padded with spaces or NULs, and nobody's to trust.
template <std::size_t N>
std::string identify_text(const wire::Bytes<N>& field) {
  const std::string raw(field.begin(), std::find(field.begin(), field.end(), std::uint8_t{0}));
  return base::printable(base::trim(raw));
}

/// Could it be the keep alive timeout that an old target refuses (nvmet up to 4.20, SPDK until 2019)? They say
/// Invalid Field or Invalid Parameters; one that names another parameter means that.
bool may_refuse_kato(Status status, std::uint64_t result) {
  if (status.code() == kInvalidField) return true;
  if (status.code() != kConnectInvalidParameters) return false;
  const auto ipo = static_cast<std::uint16_t>(result);
  const bool in_data = (result & 0x10000) != 0;
  return !in_data && (ipo == 0 || ipo == 48);
}

std::size_t max_transfer(std::uint8_t mdts, std::uint64_t cap) {
  const unsigned page_shift = 12 + static_cast<unsigned>((cap >> 48) & 0xF);  // MPSMIN
  const unsigned shift = page_shift + mdts;
  if (mdts == 0 || shift > 30) return std::size_t{1} << 30;
  return std::size_t{1} << shift;
}

}  // namespace

base::Error Association::cancelled() const {
  return base::Error{.kind = ErrorKind::kCancelled,
                     .message = host_port(options_.address.traddr, options_.address.trsvcid) + ": stopped here"};
}

void Association::close() {
  closed_ = true;
  if (queue_) queue_->close();
}

base::Task<base::Result<ControllerInfo>> Association::establish(Self self, bool events) {
  const base::Result<void> connected = co_await connect(self);
  if (!connected) co_return base::Failure(connected.error());
  const base::Result<void> enabled = co_await enable(self);
  if (!enabled) co_return base::Failure(enabled.error());
  const base::Result<void> identified = co_await identify(self);
  if (!identified) co_return base::Failure(identified.error());
  if (events) {
    const base::Result<void> asked = co_await enable_events(self);
    if (!asked) co_return base::Failure(asked.error());
  }
  co_return self->info_;
}

base::Task<base::Result<void>> Association::connect(Self self) {
  const SessionOptions& options = self->options_;
  milliseconds kato = options.kato;
  while (true) {
    if (self->closed_) co_return base::Failure(self->cancelled());
    self->queue_ = std::make_shared<AdminQueue>(
        self->loop_, ConnectionOptions{.address = options.address,
                                       .digests = {.header = options.header_digest, .data = options.data_digest},
                                       .timeout = options.connect_timeout});
    const base::Result<void> opened = co_await AdminQueue::open(self->queue_);
    if (!opened) co_return base::Failure(opened.error());
    Command command = connect_command(options.identity, options.subnqn, kato);
    const base::Result<Completion> done = co_await AdminQueue::submit(self->queue_, std::move(command), options.command_timeout);
    if (!done) co_return base::Failure(done.error());
    const std::string what = self->queue_->endpoint() + ": Connect to " + options.subnqn.str();
    if (done->status.ok()) {
      // AUTHREQ, bits 31:16: ATR and ASCR. Without authentication every other command would fail.
      if ((done->result & 0xFFFF0000) != 0) {
        co_return base::fail(ErrorKind::kDenied, what + ": in-band authentication required (DH-HMAC-CHAP)");
      }
      self->info_.cntlid = static_cast<std::uint16_t>(done->result);
      self->info_.kato = kato;
      self->info_.local_address = self->queue_->local_address();
      co_return base::Result<void>();
    }
    if (kato == milliseconds::zero() || !may_refuse_kato(done->status, done->result)) {
      co_return base::Failure(connect_error(what, done->status, done->result));
    }
    kato = milliseconds::zero();
    self->queue_->close();
  }
}

AdminQueue::Pending Association::ask(std::uint32_t offset) {
  return queue_->start(property_get(offset), options_.command_timeout);
}

base::Task<base::Result<std::uint64_t>> Association::value_of(Self self, AdminQueue::Pending asked) {
  const base::Result<Completion> done = co_await AdminQueue::answer_ok(self->queue_, std::move(asked));
  if (!done) co_return base::Failure(done.error());
  co_return done->result;
}

base::Task<base::Result<void>> Association::enable(Self self) {
  const AdminQueue::Pending cap_asked = self->ask(kPropertyCap);
  const AdminQueue::Pending vs_asked = self->ask(kPropertyVs);
  const base::Result<std::uint64_t> cap = co_await value_of(self, cap_asked);
  if (!cap) co_return base::Failure(cap.error());
  const base::Result<std::uint64_t> vs = co_await value_of(self, vs_asked);
  if (!vs) co_return base::Failure(vs.error());
  self->cap_ = *cap;
  self->info_.version = static_cast<std::uint32_t>(*vs);
  milliseconds ready_time = kReadyUnit * static_cast<int>((*cap >> 24) & 0xFF);
  if ((*cap & kCapCrms) != 0) {
    const base::Result<std::uint64_t> crto = co_await value_of(self, self->ask(kPropertyCrto));
    if (!crto) co_return base::Failure(crto.error());
    ready_time = std::max(ready_time, kReadyUnit * static_cast<int>(*crto & 0xFFFF));
  }
  // One that is asked before it is ready is asked again.
  const AdminQueue::Pending enabling =
      self->queue_->start(property_set(kPropertyCc, enabling_cc(*cap)), self->options_.command_timeout);
  const AdminQueue::Pending csts_asked = self->ask(kPropertyCsts);
  const base::Result<Completion> set = co_await AdminQueue::answer_ok(self->queue_, enabling);
  if (!set) co_return base::Failure(set.error());
  self->enabled_ = true;
  const base::Result<void> ready =
      co_await wait_until_ready(self, csts_asked, std::clamp(ready_time, kLeastReadyTime, kMostReadyTime));
  co_return ready;
}

base::Task<base::Result<void>> Association::wait_until_ready(Self self, AdminQueue::Pending asked, base::Duration limit) {
  const base::TimePoint deadline = base::Clock::now() + limit;
  for (base::Duration pause = milliseconds(5); true; pause = std::min<base::Duration>(pause * 2, milliseconds(200))) {
    const base::Result<std::uint64_t> csts = co_await value_of(self, std::move(asked));
    if (!csts) co_return base::Failure(csts.error());
    if ((*csts & kCstsFatal) != 0) {
      co_return base::fail(ErrorKind::kStatus, self->queue_->endpoint() + ": controller fatal status (CSTS.CFS) when enabled",
                           static_cast<int>(*csts & 0x7FFFFFFF));
    }
    if ((*csts & kCstsReady) != 0) co_return base::Result<void>();
    if (base::Clock::now() + pause > deadline) {
      co_return base::fail(ErrorKind::kTimeout,
                           self->queue_->endpoint() + ": controller not ready (CSTS.RDY) within " + base::to_string(limit));
    }
    co_await base::sleep_for(pause);
    const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    if (self->closed_ || state.cancelled() != asio::cancellation_type::none) co_return base::Failure(self->cancelled());
    asked = self->ask(kPropertyCsts);
  }
}

base::Task<base::Result<void>> Association::identify(Self self) {
  const base::Result<Completion> done =
      co_await AdminQueue::submit_ok(self->queue_, identify_controller(), self->options_.command_timeout);
  if (!done) co_return base::Failure(done.error());
  const auto data = wire::read<wire::IdentifyController>(done->data);
  ControllerInfo& info = self->info_;
  if (data.cntlid != info.cntlid) {
    co_return base::fail(ErrorKind::kProtocol, self->queue_->endpoint() + ": Identify Controller says CNTLID " +
                                                   std::to_string(data.cntlid) + ", Connect said " + std::to_string(info.cntlid));
  }
  if (data.cntrltype == kControllerTypeIo || data.cntrltype == kControllerTypeAdmin) {
    co_return base::fail(ErrorKind::kUnsupported, self->queue_->endpoint() + ": " + self->options_.subnqn.str() +
                                                      " is no discovery controller (CNTRLTYPE " +
                                                      std::to_string(data.cntrltype) + ")");
  }
  info.model = identify_text(data.mn);
  info.serial = identify_text(data.sn);
  info.firmware = identify_text(data.fr);
  info.cntrltype = data.cntrltype;
  info.dctype = data.dctype;
  const std::string nqn(data.subnqn.begin(), std::find(data.subnqn.begin(), data.subnqn.end(), std::uint8_t{0}));
  if (const base::Result<Nqn> subnqn = Nqn::parse(nqn); subnqn) info.subnqn = subnqn->str();
  self->oaes_ = data.oaes;
  self->log_ = LogReadOptions{.max_entries = self->options_.max_entries,
                              .max_transfer = max_transfer(data.mdts, self->cap_),
                              .has_offsets = (data.lpa & 4) != 0,
                              .paged = self->options_.paged,
                              .command_timeout = self->options_.command_timeout};
  co_return base::Result<void>();
}

base::Task<base::Result<void>> Association::enable_events(Self self) {
  if ((self->oaes_ & kDiscoveryChangeNotices) == 0) co_return base::Result<void>();
  Command command = configure_events(kDiscoveryChangeNotices);
  const base::Result<Completion> done =
      co_await AdminQueue::submit(self->queue_, std::move(command), self->options_.command_timeout);
  if (!done) co_return base::Failure(done.error());
  // A controller that announces notices and refuses to send them is still good for its log page.
  self->info_.log_change_events = done->status.ok();
  co_return base::Result<void>();
}

base::Task<base::Result<LogPage>> Association::read_log(Self self) {
  base::Result<LogPage> page = co_await read_discovery_log(self->queue_, self->log_);
  co_return page;
}

base::Task<base::Result<std::chrono::nanoseconds>> Association::keep_alive(Self self) {
  // An answer later than the timeout itself is none: the controller may have given us up already.
  const base::Duration limit = std::min<base::Duration>(self->options_.command_timeout, self->info_.kato);
  const base::TimePoint sent = base::Clock::now();
  const base::Result<Completion> done = co_await AdminQueue::submit_ok(self->queue_, nvme::keep_alive(), limit);
  if (!done) co_return base::Failure(done.error());
  co_return base::Clock::now() - sent;
}

base::Task<void> Association::shut_down(Self self, base::Duration limit) {
  const base::TimePoint deadline = base::Clock::now() + limit;
  const auto left = [](base::TimePoint until) { return std::max(until - base::Clock::now(), base::Duration::zero()); };
  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  bool complete = false;
  const base::Result<Completion> asked =
      co_await AdminQueue::submit_ok(self->queue_, property_set(kPropertyCc, enabling_cc(self->cap_) | kCcShutdown), left(deadline));
  while (asked && !complete && base::Clock::now() < deadline) {
    const base::Result<Completion> csts = co_await AdminQueue::submit_ok(self->queue_, property_get(kPropertyCsts), left(deadline));
    complete = !csts || (csts->result & kCstsShutdownMask) == kCstsShutdownComplete;
    if (complete || state.cancelled() != asio::cancellation_type::none) break;
    co_await base::sleep_for(milliseconds(10));
    if (state.cancelled() != asio::cancellation_type::none) break;
  }
  self->close();
}

}  // namespace nvme
