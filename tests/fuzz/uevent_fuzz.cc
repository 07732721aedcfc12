// Any bytes as a netlink message: an event always names an action and a controller.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "nvme/device_name.h"
#include "nvme/uevent.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string message(data, data + size);
  if (const auto event = nvme::parse_uevent(message);
      event && (event->action.empty() || !nvme::controller_instance(event->device)))
    std::abort();
  return 0;
}
