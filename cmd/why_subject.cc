// Which controller or subsystem a device's name means: with native multipath nvme3n1 is the third subsystem's, not nvme3's.
#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "base/text.h"
#include "cmd/why.h"
#include "nvme/device_name.h"

namespace cmd {
namespace {

constexpr std::size_t kAttributeLimit = 4096;  // a sysfs attribute is one page

/// "nvme3" of "nvme3n1p1"; the digits end where the next letter comes.
std::string controller_part(const std::string& name) {
  std::size_t end = 4;
  while (end < name.size() && name[end] >= '0' && name[end] <= '9') ++end;
  return name.substr(0, end);
}

}  // namespace

WhySubject subject_of(const std::string& asked, const std::string& sysfs_root) {
  WhySubject out{.asked = asked};
  const std::string name = asked.starts_with("/dev/") ? asked.substr(5) : asked;
  if (!name.starts_with("nvme")) return out;
  const std::string controller = controller_part(name);
  if (!nvme::controller_instance(controller)) return out;
  std::string rest = name.substr(controller.size());
  if (rest.empty()) {
    out.device = controller;
    return out;
  }
  // A path of a multipath namespace, nvme0c3n1: the second number is the controller's.
  if (rest.front() == 'c') {
    const std::string of = controller_part("nvme" + rest.substr(1));
    if (nvme::controller_instance(of)) out.device = of;
    return out;
  }
  if (rest.front() != 'n') return out;
  rest = rest.substr(0, rest.find('p'));
  const std::string subsystem = sysfs_root + "/class/nvme-subsystem/nvme-subsys" + controller.substr(4);
  std::error_code ignored;
  const base::Result<std::string> subnqn = base::read_file(subsystem + "/subsysnqn", kAttributeLimit);
  if (std::filesystem::exists(subsystem + "/" + controller + rest, ignored) && subnqn) out.subnqn = base::trim(*subnqn);
  else out.device = controller;
  return out;
}

}  // namespace cmd
