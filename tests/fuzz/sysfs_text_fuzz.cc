// Any text as sysfs's `address` and `state`: what parses prints in a form that parses to the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "nvme/device_name.h"
#include "nvme/sysfs.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  nvme::parse_controller_state(text);
  if (const auto instance = nvme::controller_instance(text);
      instance && "nvme" + std::to_string(*instance) != text)
    std::abort();
  const auto parsed = nvme::parse_address(text);
  if (!parsed) {
    if (parsed.error().message.empty()) std::abort();
    return 0;
  }
  const nvme::TransportId& id = parsed->transport;
  std::string again = "traddr=" + to_string(id.traddr) + ",trsvcid=" + std::to_string(id.trsvcid);
  if (id.host_traddr) again += ",host_traddr=" + to_string(*id.host_traddr);
  if (!id.host_iface.empty()) again += ",host_iface=" + id.host_iface;
  const auto second = nvme::parse_address(again);
  if (!second || second->transport != id) std::abort();
  return 0;
}
