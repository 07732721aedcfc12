// Only the loop changes members, but for two atomics: `closed_` tells the writer, `inside_` tells the shutdown.
#include "cmd/kernel_adapter.h"

#include <asio/post.hpp>
#include <utility>

#include "base/async.h"
#include "cmd/logging.h"
#include "cmd/signals.h"

namespace cmd {
namespace {

constexpr auto kLookLimit = std::chrono::minutes(1);  // ten thousand controllers take a second
constexpr auto kAgain = std::chrono::seconds(1);  // out of descriptors: somebody must close one first

struct Outcome {
  base::Result<nvme::ConnectedController> result{};
  base::Duration took{};
};

}  // namespace

KernelAdapter::KernelAdapter(asio::io_context& loop, KernelOptions options)
    : loop_(loop), options_(std::move(options)), fabrics_(options_.fabrics_device),
      sysfs_(std::make_shared<nvme::Sysfs>(options_.sysfs_root)), again_(loop), writer_(make_workers(1)),
      looker_(loop, kLookLimit, [this] { looker_lost(); }) {}

KernelAdapter::~KernelAdapter() {
  close();
  writer_->join();
}

bool KernelAdapter::busy() const { return inside_.load() > 0 || looker_.busy(); }

void KernelAdapter::read_features() {
  auto work = [this] {
    const Inside inside(inside_);
    return fabrics_.features();
  };
  auto done = [this](base::Result<nvme::FabricsFeatures> features) { inbox_->features_read(std::move(features)); };
  base::run_on(*writer_, loop_.get_executor(), std::move(work), std::move(done));
}

void KernelAdapter::connect(const nvme::ConnectOptions& options, const nvme::FabricsFeatures& features) {
  const nvme::Path path = options.path;
  if (!options_.connects) {
    noted_.push_back(options);
    asio::post(loop_, [this, path] {
      inbox_->connect_started(path);
      inbox_->connect_ended(path, base::fail(base::ErrorKind::kUnsupported, "only planned"), base::Duration{});
    });
    return;
  }
  auto work = [this, options, features, queued_at = base::Clock::now()] {
    Outcome outcome;
    if (closed_.load() || held_.gives_back(options.path.transport, queued_at)) {
      outcome.result = base::fail(base::ErrorKind::kCancelled, to_string(options.path) + ": not sent");
      return outcome;
    }
    const Inside inside(inside_);
    const base::TimePoint began = base::Clock::now();
    asio::post(loop_, [this, path = options.path, began] {
      writing_ = Write{path, began};
      inbox_->connect_started(path);
    });
    kernel_log_.skip_to_end();
    outcome.result = fabrics_.connect(options, features);
    outcome.took = base::Clock::now() - began;
    if (!outcome.result) {
      held_.failed(options.path.transport, outcome.result.error(), outcome.took, began + outcome.took);
      outcome.result = base::Failure(nvme::explain(std::move(outcome.result.error()), kernel_log_.read_lines(), options.path.subnqn));
    }
    return outcome;
  };
  auto done = [this, path](Outcome outcome) {
    writing_.reset();
    if (outcome.result && connected_) connected_(path, *outcome.result);
    inbox_->connect_ended(path, std::move(outcome.result), outcome.took);
  };
  base::run_on(*writer_, loop_.get_executor(), std::move(work), std::move(done));
}

std::optional<KernelAdapter::Write> KernelAdapter::write_under_way() const {
  return inside_.load() > 0 ? writing_ : std::nullopt;
}

void KernelAdapter::scan() {
  scan_wanted_ = true;
  begin_look_soon();
}

void KernelAdapter::look(const std::string& device) {
  look_wanted_.insert(device);
  begin_look_soon();
}

/// After the caller: what it asks for in one go is read in one go.
void KernelAdapter::begin_look_soon() {
  if (!looker_.under_way()) asio::post(loop_, [this] { begin_look(); });
}

void KernelAdapter::close() {
  closed_.store(true);
  again_.cancel();
  looker_.close();
}

/// Nothing is concluded from half a look; a scan later tells all that was missed.
void KernelAdapter::look_again(const base::Error& unread) {
  if (closed_.load()) return;
  if (!std::exchange(told_unread_, true)) warn("sysfs can't be read; what was known of the controllers stays", {kv("error", unread)});
  scan_wanted_ = true;
  again_.expires_after(kAgain);
  again_.async_wait([this](const asio::error_code& error) {
    if (!error) begin_look();
  });
}

void KernelAdapter::begin_look() {
  if (looker_.under_way() || closed_.load()) return;
  if (!scan_wanted_ && look_wanted_.empty()) return;
  if (std::exchange(scan_wanted_, false)) {
    auto done = [this](nvme::SysfsSnapshot snapshot) {
      if (snapshot.unread) return look_again(*snapshot.unread);
      told_unread_ = false;
      inbox_->scanned(std::move(snapshot));
      begin_look();
    };
    looker_.run([sysfs = sysfs_] { return sysfs->scan(); }, std::move(done));
    return;
  }
  auto done = [this](base::Result<nvme::Sysfs::Found> found) {
    if (!found) return look_again(found.error());
    for (auto& [device, controller] : *found) inbox_->device_read(device, std::move(controller));
    begin_look();
  };
  looker_.run([sysfs = sysfs_, devices = std::exchange(look_wanted_, {})] { return sysfs->read(devices); }, std::move(done));
}

/// Linux 6.1 ends a thread that asks for a controller's address in the wrong moment (nvme/sysfs.h): without this the agent would
/// see nothing of the kernel any more.
void KernelAdapter::looker_lost() {
  warn("a look at sysfs does not come back: the kernel ended the thread or holds it (see its log); another one looks from now on",
       {kv("lost", looker_.lost())});
  sysfs_ = std::make_shared<nvme::Sysfs>(options_.sysfs_root);
  scan_wanted_ = true;  // it tells what the lost one was asked for, too
  begin_look();
}

}  // namespace cmd
