// A terminal in canonical mode gives one line to each read, which is how the device answers: the option table to the one
// reader that only reads (the agent reads it once, at its start), "instance=…,cntlid=…" to each that wrote.
#include "tests/bench/fake_kernel.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string_view>
#include <utility>

namespace bench {
namespace {

constexpr std::string_view kOptionTable =
    "transport=%s,traddr=%s,trsvcid=%s,nqn=%s,queue_size=%d,nr_io_queues=%d,reconnect_delay=%d,ctrl_loss_tmo=%d,"
    "keep_alive_tmo=%d,hostnqn=%s,host_traddr=%s,host_iface=%s,hostid=%s,duplicate_connect,disable_sqflow,hdr_digest,"
    "data_digest,nr_write_queues=%d,nr_poll_queues=%d,tos=%d,fast_io_fail_tmo=%d,discovery\n";
constexpr char kEndOfFile = 4;  // the terminal's, where a line would begin

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::exit(1);
}

void write_text(const std::filesystem::path& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text << '\n'; }

std::map<std::string, std::string, std::less<>> parsed(std::string_view options) {
  std::map<std::string, std::string, std::less<>> out;
  while (!options.empty()) {
    const std::string_view pair = options.substr(0, options.find(','));
    options.remove_prefix(std::min(pair.size() + 1, options.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    out.emplace(pair.substr(0, equals), equals < pair.size() ? pair.substr(equals + 1) : std::string_view{});
  }
  return out;
}

}  // namespace

FakeKernel::FakeKernel(std::filesystem::path folder, std::chrono::microseconds connect_takes)
    : folder_(std::move(folder)), connect_takes_(connect_takes) {
  std::filesystem::create_directories(folder_ / "sys/class/nvme");
  std::filesystem::create_directories(folder_ / "sys/class/nvme-subsystem");
  std::filesystem::create_directories(folder_ / "sys/class/nvme-fabrics/ctl");
  std::filesystem::create_directories(folder_ / "sys/module/nvme_tcp");
  std::filesystem::create_directories(folder_ / "sys/module/nvme_core/parameters");
  write_text(folder_ / "sys/module/nvme_core/parameters/multipath", "Y");
  master_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0) give_up("fake kernel: pseudo terminal");
  std::array<char, 64> name{};
  if (::ptsname_r(master_, name.data(), name.size()) != 0) give_up("fake kernel: ptsname");
  slave_ = ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  termios terminal{};
  if (slave_ < 0 || ::tcgetattr(slave_, &terminal) != 0) give_up("fake kernel: terminal");
  terminal.c_iflag = 0;
  terminal.c_oflag = 0;
  terminal.c_lflag = ICANON;
  terminal.c_cc[VEOF] = kEndOfFile;
  if (::tcsetattr(slave_, TCSANOW, &terminal) != 0) give_up("fake kernel: terminal");
  const std::string table = std::string(kOptionTable) + kEndOfFile;
  if (::write(master_, table.data(), table.size()) != static_cast<ssize_t>(table.size())) give_up("fake kernel: option table");
  std::filesystem::create_symlink(name.data(), folder_ / "nvme-fabrics");
  if (::pipe2(stop_pipe_, O_CLOEXEC) != 0) give_up("fake kernel: pipe");
  server_ = std::thread([this] { serve(); });
}

FakeKernel::~FakeKernel() {
  ::close(std::exchange(stop_pipe_[1], -1));
  server_.join();
  for (const int fd : {stop_pipe_[0], slave_, master_}) ::close(fd);
}

void FakeKernel::serve() {
  std::array<char, 4096> options{};
  while (true) {
    std::array<pollfd, 2> either{pollfd{master_, POLLIN, 0}, pollfd{stop_pipe_[0], POLLIN, 0}};
    if (::poll(either.data(), either.size(), -1) < 0) continue;
    if (either[1].revents != 0) return;
    const ssize_t length = ::read(master_, options.data(), options.size());
    if (length <= 0) return;
    std::this_thread::sleep_for(connect_takes_);
    const int instance = live_.load();
    make_controller(instance, {options.data(), static_cast<std::size_t>(length)});
    ++live_;
    const std::string answer = "instance=" + std::to_string(instance) + ",cntlid=" + std::to_string(instance % 65000 + 1) + "\n";
    if (::write(master_, answer.data(), answer.size()) < 0) return;
  }
}

/// Made beside the others and renamed, so that no scan sees half of it.
void FakeKernel::make_controller(int instance, const std::string& text) const {
  auto options = parsed(text);
  const std::string device = "nvme" + std::to_string(instance);
  const std::filesystem::path draft = folder_ / "sys/class/nvme/.draft";
  std::filesystem::create_directory(draft);
  write_text(draft / "transport", "tcp");
  write_text(draft / "address", "traddr=" + options["traddr"] + ",trsvcid=" + options["trsvcid"] + ",src_addr=127.0.0.1");
  write_text(draft / "subsysnqn", options["nqn"]);
  write_text(draft / "hostnqn", options["hostnqn"]);
  write_text(draft / "hostid", options["hostid"]);
  write_text(draft / "cntrltype", "io");
  write_text(draft / "cntlid", std::to_string(instance % 65000 + 1));
  write_text(draft / "ctrl_loss_tmo", options["ctrl_loss_tmo"]);
  write_text(draft / "reconnect_delay", "10");
  write_text(draft / "kato", options["keep_alive_tmo"]);
  write_text(draft / "queue_count", "3");
  write_text(draft / "state", "live");
  std::filesystem::rename(draft, folder_ / "sys/class/nvme" / device);
  const std::filesystem::path subsystem = folder_ / "sys/class/nvme-subsystem" / ("nvme-subsys" + std::to_string(instance));
  std::filesystem::create_directory(subsystem);
  std::filesystem::create_symlink("../../nvme/" + device, subsystem / device);
}

bool FakeKernel::wait_for_live(int wanted, std::chrono::seconds limit) const {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (live() < wanted) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace bench
