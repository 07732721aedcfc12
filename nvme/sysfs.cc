// Scans /sys/class/nvme and /sys/class/nvme-subsystem with openat and small buffers on the stack. A file that
// is gone or holds garbage costs its own field, a controller that goes while it is read is not listed. What can't be
// opened because this process or host is out of descriptors or memory is not taken for gone.
#include "nvme/sysfs.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "base/text.h"
#include "nvme/device_name.h"
#include "nvme/file_descriptor.h"

namespace nvme {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

/// Whether an open failed for reasons that have nothing to do with what was opened. Asked right after each failure.
class Shortage {
 public:
  void note() {
    if (code_ == 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM)) code_ = errno;
  }
  std::optional<base::Error> error() const {
    if (code_ == 0) return std::nullopt;
    return base::errno_error(code_, "read sysfs");
  }

 private:
  int code_{0};
};

Directory open_directory(int parent, const char* name, Shortage& shortage) {
  FileDescriptor fd(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) shortage.note();
  if (!fd) return nullptr;
  Directory directory(::fdopendir(fd.get()));
  if (directory) fd.release();
  else shortage.note();
  return directory;
}

template <class Visit>
void for_each_name(DIR* directory, Visit visit) {
  if (directory == nullptr) return;
  while (const dirent* entry = ::readdir(directory)) visit(entry->d_name);
}

/// One controller's (or subsystem's) folder; its attributes without the white space around them.
class AttributeFolder {
 public:
  AttributeFolder(int parent, const char* name, Shortage& shortage)
      : fd_(::openat(parent, name, O_PATH | O_DIRECTORY | O_CLOEXEC)), shortage_(shortage) {
    if (!fd_) shortage_.note();
  }
  explicit operator bool() const { return static_cast<bool>(fd_); }
  int fd() const { return fd_.get(); }
  std::uint64_t inode() const {
    struct stat status {};
    return ::fstat(fd_.get(), &status) == 0 ? status.st_ino : 0;
  }

  /// Valid until the next call.
  std::optional<std::string_view> text(const char* attribute) {
    const std::optional<std::string_view> raw = read_at(fd_.get(), attribute, buffer_);
    if (!raw) shortage_.note();
    if (!raw) return std::nullopt;
    const std::string_view trimmed = base::trim(*raw);
    // vsprintf's words for a pointer that is not there: subsysnqn before the first Identify.
    if (trimmed == "(efault)" || trimmed == "(null)") return std::string_view{};
    return trimmed;
  }
  std::string string(const char* attribute) { return std::string(text(attribute).value_or("")); }
  std::optional<int> number(const char* attribute) {
    const std::optional<std::string_view> digits = text(attribute);
    if (!digits) return std::nullopt;
    const std::optional<std::int64_t> value = base::parse_int(*digits, 0, INT_MAX);
    return value ? std::optional<int>(static_cast<int>(*value)) : std::nullopt;
  }
  /// Seconds, or "off" for what never ends.
  std::optional<int> seconds(const char* attribute) {
    const std::optional<std::string_view> value = text(attribute);
    if (value && *value == "off") return -1;
    return number(attribute);
  }

 private:
  FileDescriptor fd_;
  Shortage& shortage_;
  std::array<char, 1024>
      buffer_;  // the longest, `address`, has two addresses with zones and an interface name
};

/// With multipath the paths to namespaces are nvme0c3n1, …, below the controller's folder; without it nvme3n1, ….
/// Their ana_state is there only where the target uses ANA (drivers/nvme/host/core.c, nvme_ns_id_attrs_are_visible).
AnaCounts read_ana(int controller_fd, Shortage& shortage) {
  AnaCounts out{};
  const Directory folder = open_directory(controller_fd, ".", shortage);
  for_each_name(folder.get(), [&](const char* name) {
    if (std::string_view(name).substr(0, 4) != "nvme") return;
    std::array<char, 32> buffer;
    const std::optional<std::string_view> text = read_at(::dirfd(folder.get()), (std::string(name) + "/ana_state").c_str(), buffer);
    if (!text) shortage.note();
    if (!text) return;
    std::uint16_t& count = out[static_cast<std::size_t>(parse_ana_state(base::trim(*text)))];
    if (count < UINT16_MAX) ++count;
  });
  return out;
}

std::optional<ParsedAddress> read_address(AttributeFolder& folder, int instance, std::uint64_t inode, KnownAddresses& known) {
  const auto before = known.find(instance);
  if (before != known.end() && before->second.inode == inode && inode != 0) return before->second.address;
  const std::optional<std::string_view> text = folder.text("address");
  if (!text) return std::nullopt;
  base::Result<ParsedAddress> address = parse_address(*text);
  if (!address) return std::nullopt;
  if (address->src_addr) known.insert_or_assign(instance, KnownAddress{inode, *address});
  return std::move(*address);
}

std::optional<Controller> read_controller(int class_fd, const char* device, KnownAddresses& addresses, Shortage& shortage, int tries = 3) {
  const std::optional<int> instance = controller_instance(device);
  if (!instance) return std::nullopt;
  AttributeFolder folder(class_fd, device, shortage);
  if (!folder) return std::nullopt;
  if (folder.text("transport").value_or("") != "tcp") return std::nullopt;
  const std::uint64_t inode = folder.inode();
  std::optional<ParsedAddress> address = read_address(folder, *instance, inode, addresses);
  if (!address) return std::nullopt;

  Controller controller;
  controller.device = device;
  controller.instance = *instance;
  controller.inode = inode;
  controller.transport = std::move(address->transport);
  controller.src_addr = std::move(address->src_addr);
  controller.subsysnqn = folder.string("subsysnqn");
  controller.hostnqn = folder.string("hostnqn");
  controller.hostid = folder.string("hostid");
  controller.cntrltype = folder.string("cntrltype");
  controller.cntlid = static_cast<std::uint16_t>(std::min(folder.number("cntlid").value_or(0), 0xffff));
  controller.ctrl_loss_tmo = folder.seconds("ctrl_loss_tmo");
  if (!controller.is_discovery()) controller.ana = read_ana(folder.fd(), shortage);
  // Last: a controller whose state can't be read is gone, and with it whatever was read above.
  const std::optional<std::string_view> state = folder.text("state");
  if (!state) return std::nullopt;
  controller.state = parse_controller_state(*state);
  // It became live while its attributes were read: subsysnqn is from before Identify, the state from after it.
  if (controller.state == ControllerState::kLive && controller.subsysnqn.empty() && tries > 1) return read_controller(class_fd, device, addresses, shortage, tries - 1);
  return controller;
}

struct Subsystems {
  std::map<std::string, std::string, std::less<>> of_controller{};  ///< "nvme3" -> "nvme-subsys2"
  bool has_iopolicy{false};
};

Subsystems read_subsystems(const std::string& root, Shortage& shortage) {
  Subsystems out;
  const Directory all = open_directory(AT_FDCWD, (root + "/class/nvme-subsystem").c_str(), shortage);
  for_each_name(all.get(), [&](const char* subsystem) {
    if (subsystem[0] == '.') return;
    const Directory one = open_directory(::dirfd(all.get()), subsystem, shortage);
    if (!one) return;
    if (!out.has_iopolicy) out.has_iopolicy = ::faccessat(::dirfd(one.get()), "iopolicy", F_OK, 0) == 0;
    for_each_name(one.get(), [&](const char* name) {
      if (controller_instance(name)) out.of_controller.emplace(name, subsystem);
    });
  });
  return out;
}

bool some_subsystem_has(const std::string& root, const std::string& name, Shortage& shortage) {
  bool found = false;
  const Directory all = open_directory(AT_FDCWD, (root + "/class/nvme-subsystem").c_str(), shortage);
  for_each_name(all.get(), [&](const char* subsystem) {
    if (found || subsystem[0] == '.') return;
    found = ::faccessat(::dirfd(all.get()), (std::string(subsystem) + "/" + name).c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
  });
  return found;
}

std::optional<bool> read_native_multipath(const std::string& root, bool has_iopolicy) {
  std::array<char, 16> buffer;
  if (const auto text =
          read_at(AT_FDCWD, (root + "/module/nvme_core/parameters/multipath").c_str(), buffer)) {
    const std::string_view value = base::trim(*text);
    if (value == "Y" || value == "1") return true;
    if (value == "N" || value == "0") return false;
  }
  if (has_iopolicy) return true;
  // Kernels without a switch for it keep this parameter, which is there before any subsystem is.
  if (::access((root + "/module/nvme_core/parameters/iopolicy").c_str(), F_OK) == 0) return true;
  // The module is there, but knows none of these: built without multipath.
  if (::access((root + "/module/nvme_core/parameters").c_str(), F_OK) == 0) return false;
  return std::nullopt;
}

}  // namespace

SysfsSnapshot Sysfs::scan() {
  SysfsSnapshot snapshot;
  Shortage shortage;
  const Directory controllers = open_directory(AT_FDCWD, (root_ + "/class/nvme").c_str(), shortage);
  for_each_name(controllers.get(), [&](const char* name) {
    if (std::optional<Controller> controller = read_controller(::dirfd(controllers.get()), name, addresses_, shortage))
      snapshot.controllers.push_back(std::move(*controller));
  });
  std::ranges::sort(snapshot.controllers, {}, &Controller::instance);
  std::erase_if(addresses_, [&](const auto& known) {  // what is gone is forgotten
    return !std::ranges::binary_search(snapshot.controllers, known.first, {}, &Controller::instance);
  });
  // After the controllers, so that one that has just been identified finds its subsystem.
  const Subsystems subsystems = read_subsystems(root_, shortage);
  for (Controller& controller : snapshot.controllers)
    if (const auto found = subsystems.of_controller.find(controller.device);
        found != subsystems.of_controller.end())
      controller.subsystem = found->second;
  subsystems_.clear();
  for (const Controller& controller : snapshot.controllers)
    if (!controller.subsystem.empty()) subsystems_.insert_or_assign(controller.subsysnqn, controller.subsystem);
  ++searches_;
  snapshot.native_multipath = read_native_multipath(root_, subsystems.has_iopolicy);
  snapshot.fabrics_loaded = ::access((root_ + "/class/nvme-fabrics/ctl").c_str(), F_OK) == 0;
  snapshot.tcp_loaded = ::access((root_ + "/module/nvme_tcp").c_str(), F_OK) == 0;
  snapshot.unread = shortage.error();
  return snapshot;
}

std::optional<bool> Sysfs::native_multipath() const {
  Shortage shortage;
  const bool has_iopolicy = some_subsystem_has(root_, "iopolicy", shortage);
  if (!has_iopolicy && shortage.error()) return std::nullopt;
  return read_native_multipath(root_, has_iopolicy);
}

/// Where its NQN was seen last, or in the subsystem with its own number: Linux numbers a subsystem after its first controller
/// (drivers/nvme/host/core.c, nvme_init_subsystem).
std::optional<std::string> Sysfs::quickly_found_subsystem(const Controller& controller) const {
  const auto has_it = [&](const std::string& subsystem) {
    const std::string link = root_ + "/class/nvme-subsystem/" + subsystem + "/" + controller.device;
    return ::faccessat(AT_FDCWD, link.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
  };
  const auto known = subsystems_.find(controller.subsysnqn);
  if (known != subsystems_.end() && has_it(known->second)) return known->second;
  std::string likely = "nvme-subsys" + std::to_string(controller.instance);
  if (has_it(likely)) return likely;
  return std::nullopt;
}

base::Result<Sysfs::Found> Sysfs::read(const std::set<std::string>& devices) {
  Found found;
  Shortage shortage;
  std::optional<Subsystems> all;
  const FileDescriptor controllers(::open((root_ + "/class/nvme").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!controllers) shortage.note();
  for (const std::string& device : devices) {
    std::optional<Controller>& controller = found[device];
    if (controllers) controller = read_controller(controllers.get(), device.c_str(), addresses_, shortage);
    if (!controller) continue;
    if (std::optional<std::string> quickly = quickly_found_subsystem(*controller)) {
      controller->subsystem = std::move(*quickly);
    } else {  // a walk through all subsystems: not for each new controller
      if (!all) {
        all = read_subsystems(root_, shortage);
        ++searches_;
      }
      if (const auto of = all->of_controller.find(device); of != all->of_controller.end()) controller->subsystem = of->second;
    }
    if (!controller->subsystem.empty()) subsystems_.insert_or_assign(controller->subsysnqn, controller->subsystem);
  }
  if (const std::optional<base::Error> error = shortage.error()) return base::Failure(*error);
  return found;
}

base::Result<std::optional<Controller>> Sysfs::read(const std::string& device) {
  base::Result<Found> found = read(std::set<std::string>{device});
  if (!found) return base::Failure(found.error());
  return std::move(found->begin()->second);
}

}  // namespace nvme
